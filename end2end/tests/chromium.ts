/** The system's browser; `CHROMIUM` names another one. */
export const chromium = process.env["CHROMIUM"] || "/usr/bin/chromium";
