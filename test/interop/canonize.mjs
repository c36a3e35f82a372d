// Says what documents state: reads a JSON document a line, under the contexts in the file
// that it is given and no others, and answers each with a line of JSON that holds one of
// nquads (RDFC-1.0, safe mode), refused (why) or undecided (how far it went).
import jsonld from 'jsonld';
import {createInterface} from 'node:readline';
import {readFileSync} from 'node:fs';

const contexts = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function documentLoader(url) {
  if(!Object.hasOwn(contexts, url)) {
    throw new Error(`not in the closed set: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: contexts[url]};
}

// Symmetric blank nodes make the algorithm factorial (RDFC-1.0 §7.1).
const maxDeepIterations = 5000;

async function answer(document) {
  try {
    const nquads = await jsonld.canonize(document, {
      safe: true, rdfDirection: 'i18n-datatype', base: '', documentLoader, canonizeOptions: {maxDeepIterations}
    });
    return {nquads};
  } catch(e) {
    const reason = e.details?.event?.code ?? e.details?.code ?? e.message;
    return reason.startsWith('Maximum deep iterations') ? {undecided: reason} : {refused: reason};
  }
}

for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n');
}
