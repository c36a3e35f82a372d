// Issues what Laurel shall verify: the same badge by each suite and key, and by each
// algorithm of tokens. Prints the names of the files.
import * as jose from 'jose';
import * as sd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {ES256, digest, generateSalt} from '@sd-jwt/crypto-nodejs';
import {SDJwtInstance} from '@sd-jwt/core';
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

// A badge of which the holder shows what the issuer prescribed, and its date besides.
{
  const {issuer, signer} = await newSigner('P-256');
  const credential = badge(issuer);
  credential['@context'].push('https://w3id.org/security/data-integrity/v2');
  const mandatoryPointers = ['/id', '/issuer', '/name', '/validFrom', '/validUntil', '/credentialSubject'];
  const signed = await vc.issue({credential, documentLoader, suite: new DataIntegrityProof({
    signer, cryptosuite: sd.createSignCryptosuite({mandatoryPointers})})});
  emit('selective.json', await vc.derive({verifiableCredential: signed, documentLoader, suite: new DataIntegrityProof({
    cryptosuite: sd.createDiscloseCryptosuite({selectivePointers: ['/awardedDate']})})}));
}

// A presentation by the holder, of a badge by another issuer.
{
  const {issuer, suite} = await newSigner('Ed25519');
  const holder = await newSigner('P-256');
  const verifiableCredential = await vc.issue({credential: badge(issuer), suite, documentLoader});
  const presentation = vc.createPresentation({verifiableCredential, holder: holder.issuer, version: 2.0});
  emit('presentation.json', await vc.signPresentation({
    presentation, suite: holder.suite, challenge: 'c-1', domain: 'employer.example', documentLoader}));
}

const issuer = 'did:web:peer.example';
const document = {'@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'], id: issuer, verificationMethod: [], assertionMethod: []};
const seconds = date => Math.floor(Date.parse(date) / 1000);
for(const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']) {
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
  emit(`${alg}.vc.jwt`, await new jose.SignJWT(credential).setProtectedHeader({alg, kid, typ: 'vc+jwt', cty: 'vc'}).sign(privateKey));
}

// An SD-JWT VC with a disclosed name and a withheld address.
{
  const {privateKey, publicKey} = await ES256.generateKeyPair();
  const kid = `${issuer}#sd`;
  document.verificationMethod.push({id: kid, type: 'JsonWebKey', controller: issuer, publicKeyJwk: publicKey});
  document.assertionMethod.push(kid);
  const instance = new SDJwtInstance({
    signer: await ES256.getSigner(privateKey), signAlg: 'ES256', hasher: digest, hashAlg: 'sha-256', saltGenerator: generateSalt});
  const whole = await instance.issue({
    vct: 'https://peer.example/types/badge', iss: issuer, nbf: seconds('2026-01-01T00:00:00Z'), exp: seconds('2046-01-01T00:00:00Z'),
    name: 'Ada Sample', email: 'a@example.com', degree: {title: 'Baker', grade: '1'}
  }, {_sd: ['name', 'email'], degree: {_sd: ['grade']}}, {header: {typ: 'dc+sd-jwt', kid}});
  emit('disclosed.sdjwt', await instance.present(whole, {name: true, degree: {grade: true}}));
}
write('peer-did.json', document);
console.log(JSON.stringify(names));
