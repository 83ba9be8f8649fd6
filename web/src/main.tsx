import { render } from "preact";
import { App } from "./app";
import { startKeys } from "./lib/keys";
import { startRouter } from "./lib/router";
import { startTheme } from "./lib/theme";
import "./style.css";

startTheme();
startRouter();
startKeys();
const root = document.getElementById("app")!;
root.textContent = "";
render(<App />, root);
