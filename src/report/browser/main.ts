/** The script of the report. Without it the page still says everything but the matrix. */
import { startFilter } from "./filter.ts";
import { startMatrix } from "./matrix.ts";
import { startMembers } from "./members.ts";

startFilter();
startMembers();
startMatrix();

window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
