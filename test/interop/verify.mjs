// Verifies what Laurel issued. Prints one line of JSON for each file: its name, and
// whether this software finds the signature good.
import * as jose from 'jose';
import * as vc from '@digitalbazaar/vc';
import {documentLoader, read, suites, text} from './world.mjs';

const allGood = async () => ({verified: true}); // status is Laurel's own affair here

for(const {name, format} of read('files.json')) {
  let verified = false;
  let reason = '';
  try {
    if(format === 'json') {
      const result = await vc.verifyCredential(
        {credential: read(name), suite: suites(), documentLoader, checkStatus: allGood});
      verified = result.verified;
      reason = result.error ? String(result.error.errors?.[0] ?? result.error) : '';
    } else {
      const token = text(name);
      const {kid, alg} = jose.decodeProtectedHeader(token);
      const {document} = await documentLoader(kid);
      const key = await jose.importJWK(document.publicKeyJwk ?? read('jwks.json').keys.find(k => kid.endsWith(`#${k.kid}`)), alg);
      await jose.jwtVerify(token, key, {algorithms: ['RS256', 'ES256', 'ES384', 'EdDSA']});
      verified = true;
    }
  } catch(e) {
    reason = String(e);
  }
  console.log(JSON.stringify({name, verified, reason}));
}
