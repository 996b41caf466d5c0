// What attackers type, to be shown as what it is.

/** Markup that runs something, where it is taken for markup; `RUN` stands for what it runs. */
const MARKUP = [
  `<script>RUN</script>`,
  `<script src=data:text/javascript,RUN></script>`,
  `<script>/*</script><script>*/RUN</script>`,
  `<img src=x onerror=RUN>`,
  `<img src=x: onerror="RUN"//`,
  `<image src=x onerror=RUN>`,
  `<svg onload=RUN>`,
  `<svg><script>RUN</script></svg>`,
  `<svg><animate onbegin=RUN attributeName=x dur=1s>`,
  `<svg><set attributeName=onmouseover to=RUN>`,
  `<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><image href=1 onerror=RUN /></svg>#x">`,
  `<svg><foreignObject><iframe srcdoc="<script>parent.RUN</script>"></iframe></foreignObject></svg>`,
  `<math href="javascript:RUN">click</math>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=RUN>`,
  `<math><mi//xlink:href="data:x,<script>RUN</script>">`,
  `<body onload=RUN>`,
  `<iframe src="javascript:RUN"></iframe>`,
  `<iframe srcdoc="<script>parent.RUN</script>"></iframe>`,
  `<object data="javascript:RUN"></object>`,
  `<embed src="javascript:RUN">`,
  `<a href="javascript:RUN">click</a>`,
  `<a href="java&#10;script:RUN">click</a>`,
  `<a href="\u0001javascript:RUN">click</a>`,
  `<form action="javascript:RUN"><button>go</button></form>`,
  `<button formaction="javascript:RUN" form=x>go</button>`,
  `<details open ontoggle=RUN>`,
  `<input autofocus onfocus=RUN>`,
  `<select autofocus onfocus=RUN>`,
  `<textarea autofocus onfocus=RUN>`,
  `<video><source onerror=RUN>`,
  `<video src=x onerror=RUN>`,
  `<audio src=x onerror=RUN>`,
  `<marquee onstart=RUN>`,
  `<style>@import "data:text/css,*{x:expression(RUN)}";</style>`,
  `<style onload=RUN></style>`,
  `<link rel=stylesheet href="data:text/css,x" onload=RUN>`,
  `<meta http-equiv=refresh content="0;url=javascript:RUN">`,
  `<base href="javascript:/a/+RUN//">`,
  `<xmp><img src="</xmp><img src=x onerror=RUN>">`,
  `<noscript><p title="</noscript><img src=x onerror=RUN>">`,
  `<template><img src=x onerror=RUN></template>`,
  `<scr<script>ipt>RUN</scr</script>ipt>`,
  `<<img src=x onerror=RUN>>`,
  `<div style="background:url(javascript:RUN)">`,
  `<div onpointerover=RUN style="position:fixed;inset:0">`,
  `<table background="javascript:RUN">`,
  `<isindex type=image src=1 onerror=RUN>`,
  `<keygen autofocus onfocus=RUN>`,
  `<portal src="javascript:RUN" onload=RUN>`,
  `<dialog open oncancel=RUN><form method=dialog>`,
];

/** Ways in which it is brought in: as it is, out of an attribute, out of a text, as formatting and as a link. */
const WAYS: ((markup: string) => string)[] = [
  (markup) => markup,
  (markup) => `"'>${markup}`,
  (markup) => `</textarea></title></script>${markup}`,
  (markup) => `**${markup}** and \`${markup}\`\n- ${markup}`,
  (markup) => `[${markup}](javascript:RUN) https://x.example/"onmouseover=RUN${markup}`,
  (markup) => `{{contact.first_name|${markup}}} ${markup.replace(/</g, "\u{ff1c}")} ${encodeURIComponent(markup)}`,
];

/** Three hundred. Each would call `ran()`. */
export const PAYLOADS = MARKUP.flatMap((markup) => WAYS.map((way) => way(markup))).map((payload) => payload.replaceAll("RUN", "ran()"));

/** Names of files, sixty. */
export const FILE_NAMES = [
  ...MARKUP.slice(0, 30).map((markup) => `${markup.replaceAll("RUN", "ran()").replaceAll("/", "")}.html`),
  ...["svg", "xhtml", "xml", "mhtml", "shtml", "xsl", "swf", "hta", "htc", "pht", "phtml", "jsp", "svgz", "webarchive"].map((end) => `page.${end}`),
  ".htaccess",
  "..\\..\\index.html",
  "../../../etc/passwd",
  "invoice\u202Egpj.html",
  "a\u200Bb.pdf.html",
  "nul\u0000byte.html",
  "line\r\nSet-Cookie: a=b.html",
  `quote".html`,
  "semi;colon.html",
  "per%2e%2ecent.html",
  "日本語.html",
  `${"x".repeat(300)}.html`,
  " ",
  "...",
  "con",
  "picture.png",
];

/** What is in them: each would run, were it shown as a page of ours. */
export const FILES = [
  `<!doctype html><script>parent.ran?.(); opener?.ran?.(); document.title = "ran"</script>`,
  `<svg xmlns="http://www.w3.org/2000/svg" onload="document.title='ran'"><script>document.title='ran'</script></svg>`,
  `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="data:text/xml,x"?><html xmlns="http://www.w3.org/1999/xhtml"><script>document.title='ran'</script></html>`,
  `GIF89a/*<script>document.title='ran'</script>*/=0;document.title='ran'`,
  `\x89PNG\r\n\x1a\n<script>document.title='ran'</script>`,
  `%PDF-1.7 1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj`,
];
