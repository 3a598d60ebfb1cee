// Reads an Atom document and a JSON Feed with feedsmith, and says what it read. Arguments: the two files.
import { readFileSync } from "node:fs";
import { parseAtomFeed, parseJsonFeed } from "feedsmith";

const [atom, json] = process.argv.slice(2).map((path) => readFileSync(path, "utf-8"));
console.log(JSON.stringify({ atom: parseAtomFeed(atom), json: parseJsonFeed(json) }));
