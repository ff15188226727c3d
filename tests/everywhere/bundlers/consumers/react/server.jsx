// Renders into the page that was built, as a server does for each request.

import { readFile, writeFile } from "node:fs/promises";
import { renderToString } from "react-dom/server";
import { App } from "./app.jsx";

const rendered = renderToString(<App />);
const page = await readFile("dist/index.html", "utf8");
await writeFile("dist/index.html", page.replace("<!--rendered-->", rendered));
console.log(JSON.stringify(rendered));
