// What both directions share: the closed set of documents, and the suites.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as ecdsa} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {createVerifyCryptosuite} from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import {cryptosuite as eddsa} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

export const dir = process.argv[2];
export const read = name => JSON.parse(readFileSync(join(dir, name), 'utf8'));
export const text = name => readFileSync(join(dir, name), 'utf8').trim();
export const write = (name, value) =>
  writeFileSync(join(dir, name), typeof value === 'string' ? value : JSON.stringify(value));

const documents = read('documents.json');

// Answers with the documents of the closed set, the keys within them, and did:key.
export async function documentLoader(url) {
  const [base, fragment] = url.split('#');
  let document = documents[url] ?? documents[base];
  if(!document && base.startsWith('did:key:')) {
    document = didKey(base);
  }
  if(!document) {
    throw new Error(`not in the closed set: ${url}`);
  }
  if(fragment) {
    const method = document.verificationMethod?.find(m => m.id === url);
    if(!method) {
      throw new Error(`no such method: ${url}`);
    }
    document = {'@context': 'https://w3id.org/security/multikey/v1', ...method};
  }
  return {contextUrl: null, documentUrl: url, document};
}

function didKey(id) {
  const publicKeyMultibase = id.slice('did:key:'.length);
  const method = {id: `${id}#${publicKeyMultibase}`, type: 'Multikey', controller: id, publicKeyMultibase};
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id, verificationMethod: [method], assertionMethod: [method.id], authentication: [method.id]
  };
}

export const suites = () => [
  new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()}),
  new DataIntegrityProof({cryptosuite: eddsa}),
  new DataIntegrityProof({cryptosuite: ecdsa})
];

export async function newSigner(kind) {
  const keyPair = kind === 'Ed25519' ?
    await Ed25519Multikey.generate() : await EcdsaMultikey.generate({curve: kind});
  const {publicKeyMultibase} = await keyPair.export({publicKey: true});
  keyPair.controller = `did:key:${publicKeyMultibase}`;
  keyPair.id = `${keyPair.controller}#${publicKeyMultibase}`;
  const cryptosuite = kind === 'Ed25519' ? eddsa : ecdsa;
  return {issuer: keyPair.controller, signer: keyPair.signer(), suite: new DataIntegrityProof({signer: keyPair.signer(), cryptosuite})};
}
