// Checks of licences on site: the conditions of each, recorded without signal and sent later.
import { start } from "../ui/onsite/app.js";
import { say } from "../ui/onsite/dom.js";

const facts = (item) => [
  [say("licence"), item.licence],
  [say("kind"), item.method],
  [say("level"), item.level],
];

start({ facts });
