// Reads Knative services, a JSON array, on stdin; fails on one whose fields have the wrong type.
//   node knative.mjs FOLDER     FOLDER has the node_modules with @kubernetes-models/knative
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const types = join(resolve(process.argv[2]), "node_modules/@kubernetes-models/knative/serving.knative.dev/v1/index.js");
const { Service } = await import(pathToFileURL(types));
let text = "";
for await (const piece of process.stdin) text += piece;
for (const manifest of JSON.parse(text)) new Service(manifest).validate();
