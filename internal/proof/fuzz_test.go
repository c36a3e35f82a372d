package proof

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// FuzzVerify changes a document signed with one of the suites: it never verifies unless it
// says the same, and what verifies does so again when it is written anew.
func FuzzVerify(f *testing.F) {
	type secured struct {
		raw  []byte
		key  crypto.Signer
		says string
	}
	says := func(t testing.TB, d *Document) string {
		hash, err := d.appendDocumentHash(context.Background(), nil, strictjson.Value{}, crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return string(hash)
	}
	ed, p256, p384 := edKey(f), ecKey(f, elliptic.P256()), ecKey(f, elliptic.P384())
	var all []secured
	add := func(tree map[string]any, key crypto.Signer) {
		raw, err := vc.Marshal(tree)
		if err != nil {
			f.Fatal(err)
		}
		d, err := Open(processor, strictjson.Of(parse(f, raw)))
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, secured{raw, key, says(f, d)})
	}
	for _, c := range []struct {
		suite string
		key   crypto.Signer
	}{{EdDSARDFC2022, ed}, {EdDSAJCS2022, ed}, {Ed25519Signature2020, ed}, {ECDSARDFC2019, p256}, {ECDSAJCS2019, p384}} {
		add(signed(f, prepared(f), c.key, Options{Suite: c.suite, Created: now, Challenge: "c", Domain: []string{"d", "e"}}), c.key)
	}
	add(signed(f, prepare(f, signed(f, prepared(f), ed, Options{ID: "urn:uuid:a"})), ed, Options{Suite: EdDSAJCS2022, Previous: []string{"urn:uuid:a"}}), ed)
	_, shown, err := derived(f, p256, []string{"/issuer"}, []string{"/evidence", "/name", "/credentialSubject/identifier/0"})
	if err != nil {
		f.Fatal(err)
	}
	add(shown, p256)
	for which := range all {
		f.Add(which, 0, byte(1), 0)
		f.Add(which, 30, byte(0x20), 3)
	}
	f.Fuzz(func(t *testing.T, which, at int, flip byte, drop int) {
		original := all[(which%len(all)+len(all))%len(all)]
		changed := append([]byte(nil), original.raw...)
		at = (at%len(changed) + len(changed)) % len(changed)
		changed[at] ^= flip
		if drop = (drop%8 + 8) % 8; at+drop < len(changed) {
			changed = append(changed[:at+1], changed[at+1+drop:]...)
		}
		tree, err := strictjson.ParseObject(changed, strictjson.Limits{})
		if err != nil || verify(tree, original.key, Terms{At: now}) != nil {
			return
		}
		d, err := Open(processor, strictjson.Of(tree))
		if err != nil || says(t, d) != original.says {
			t.Fatalf("verified, though it says something else (%v): %s", err, changed)
		}
		again, err := vc.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(parse(t, again), original.key, Terms{At: now}); err != nil {
			t.Fatalf("written anew it does not verify: %v: %s", err, changed)
		}
	})
}

// FuzzSDValue holds that the values of ecdsa-sd-2023 that are read are written the same.
func FuzzSDValue(f *testing.F) {
	key := ecKey(f, elliptic.P256())
	base, shown, err := derived(f, key, []string{"/issuer"}, []string{"/name"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shown["proof"].(map[string]any)["proofValue"].(string))
	f.Add(base["proof"].([]any)[0].(map[string]any)["proofValue"].(string))
	f.Add("u2V0AhUBAQICA")
	f.Fuzz(func(t *testing.T, text string) {
		again, unread := text, 0
		if v, err := readDerived(text); err == nil {
			again, _ = writeSDValue(derivedHeader, v)
		} else {
			unread++
		}
		if v, err := readBase(text); err == nil {
			again, _ = writeSDValue(baseHeader, v)
		} else {
			unread++
		}
		if again != text || unread == 0 {
			t.Fatalf("%q is written %q", text, again)
		}
	})
}
