// The last page of set-up: copying the snippet.
const snippet = document.getElementById("snippet");
document.getElementById("copy-snippet")?.addEventListener("click", async () => {
  const said = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(snippet.textContent);
    said.textContent = "Copied.";
  } catch {
    // Plain http on another host: the browser does not let us.
    getSelection().selectAllChildren(snippet);
    said.textContent = "Selected: press Ctrl C to copy.";
  }
});
