// Issues what Laurel shall verify: the same badge by each suite and key, and by each
// algorithm of tokens. Prints the names of the files.
import * as jose from 'jose';
import * as vc from '@digitalbazaar/vc';
import {documentLoader, newSigner, read, write} from './world.mjs';

const badge = issuer => {
  const credential = read('unsigned.json');
  credential.issuer.id = issuer;
  return credential;
};
const names = [];
const emit = (name, value) => {
  write(name, value);
  names.push(name);
};

for(const kind of ['Ed25519', 'P-256', 'P-384']) {
  const {issuer, suite} = await newSigner(kind);
  emit(`${kind}.json`, await vc.issue({credential: badge(issuer), suite, documentLoader}));
}

const issuer = 'did:web:peer.example';
const document = {'@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'], id: issuer, verificationMethod: [], assertionMethod: []};
const seconds = date => Math.floor(Date.parse(date) / 1000);
for(const alg of ['RS256', 'ES256', 'ES384', 'EdDSA']) {
  const {privateKey, publicKey} = await jose.generateKeyPair(alg, alg === 'EdDSA' ? {crv: 'Ed25519', extractable: true} : {extractable: true});
  const kid = `${issuer}#${alg}`;
  document.verificationMethod.push(
    {id: kid, type: 'JsonWebKey', controller: issuer, publicKeyJwk: await jose.exportJWK(publicKey)});
  document.assertionMethod.push(kid);
  const credential = badge(issuer);
  const claims = {
    ...credential, iss: issuer, jti: credential.id,
    nbf: seconds(credential.validFrom), exp: seconds(credential.validUntil)
  };
  emit(`${alg}.jwt`, await new jose.SignJWT(claims).setProtectedHeader({alg, kid, typ: 'JWT'}).sign(privateKey));
}
write('peer-did.json', document);
console.log(JSON.stringify(names));
