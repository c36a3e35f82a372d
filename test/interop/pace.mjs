// Verifies one credential again and again, as many times as the second argument says after
// warming up, and prints the nanoseconds that it took.
import * as vc from '@digitalbazaar/vc';
import {documentLoader, read, suites} from './world.mjs';

const credential = read('pace.json');
const verify = async () => {
  const result = await vc.verifyCredential({credential, suite: suites(), documentLoader});
  if(!result.verified) {
    throw result.error;
  }
};

const warm = process.hrtime.bigint() + 2_500_000_000n;
while(process.hrtime.bigint() < warm) {
  await verify();
}
const begin = process.hrtime.bigint();
for(let i = 0; i < Number(process.argv[3]); i++) {
  await verify();
}
console.log(String(process.hrtime.bigint() - begin));
