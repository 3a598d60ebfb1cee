// Marking a value: what is selected in the line is added to the values, with the type that is chosen.
const button = document.querySelector("[data-mark]");
const marks = document.getElementById("marks");
if (button && marks) {
  const line = document.querySelector("[data-line-text]");
  let selected = "";
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (selection.rangeCount && line.contains(selection.anchorNode) && line.contains(selection.focusNode)) {
      selected = selection.toString().trim();
    }
  });
  button.addEventListener("click", () => {
    const said = document.getElementById("mark-said");
    if (!selected) {
      said.textContent = button.dataset.none;
      return;
    }
    const before = marks.value.trimEnd();
    const added = `${document.getElementById("entity").selectedOptions[0].label} ${selected}`;
    marks.value = before ? `${before}\n${added}` : added;
    said.textContent = added;
    selected = "";
    document.getSelection().removeAllRanges();
  });
}
