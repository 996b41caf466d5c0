// The pages beside which ours are measured: M, built from ../page, and a text box with nothing around it.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const FILES = ["index.html", "page.js", "page.js.br", "page_bg.wasm", "page_bg.wasm.br"];

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm" };

const BARE = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Bare</title><link rel="icon" href="data:,"></head>
<body><textarea rows="2" cols="80" aria-label="Bare"></textarea></body></html>`;

/** What `folder` lacks of M. */
export const lacking = (folder) => FILES.filter((name) => !existsSync(join(folder, name)));

/** Serves M of `folder` on /login and /inbox/all, the latter with `rows`, and the text box on /bare, until `stop()`. */
export async function minimal(folder, rows) {
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const packed = (name) => ({ body: readFileSync(join(folder, `${name}.br`)), encoding: "br", type: TYPES[/\.\w+$/.exec(name)[0]] });
  const html = (body) => ({ body, type: TYPES[".html"] });
  // `<` cannot end the script element from inside a JSON text.
  const block = JSON.stringify(rows).replaceAll("<", "\\u003c");
  const answers = new Map([
    ["/login", html(page)],
    ["/inbox/all", html(page.replace(">[]<", () => `>${block}<`))],
    ["/bare", html(BARE)],
    ["/page.js", packed("page.js")],
    ["/page_bg.wasm", packed("page_bg.wasm")],
  ]);
  const server = createServer(({ url }, response) => {
    const answer = answers.get(url);
    if (!answer) return response.writeHead(404).end();
    const encoding = answer.encoding ? { "content-encoding": answer.encoding } : {};
    response.writeHead(200, { "content-type": answer.type, "content-length": Buffer.byteLength(answer.body), ...encoding }).end(answer.body);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
