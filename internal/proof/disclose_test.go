package proof

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	"laurel/internal/needs"
	"laurel/internal/strictjson"
	"laurel/keys"
)

// officialParts are the W3C vectors of ecdsa-sd-2023: folder, file of selective pointers.
var officialParts = []struct{ folder, selective string }{
	{"prc", "prCredSelective.json"},
	{"employ", "employSelective.json"},
}

func publishedSecrets(t *testing.T) secrets {
	t.Helper()
	var material struct {
		ProofKeyPair  struct{ SecretKeyMultibase string }
		HMACKeyString string
	}
	if err := json.Unmarshal(needs.File(t, "w3c", "vc-di-ecdsa/ecdsa-sd-2023/SDKeyMaterial.json"), &material); err != nil {
		t.Fatal(err)
	}
	key, err := keys.ParseSecretMultikey(material.ProofKeyPair.SecretKeyMultibase)
	if err != nil {
		t.Fatal(err)
	}
	hmacKey, err := hex.DecodeString(material.HMACKeyString)
	if err != nil {
		t.Fatal(err)
	}
	return secrets{hmacKey, key.(*ecdsa.PrivateKey)}
}

// TestOfficialParts makes the published base proofs with their own keys, derives from them
// what the vectors show, bit for bit, and verifies that; the base proofs do not verify.
func TestOfficialParts(t *testing.T) {
	for _, v := range officialParts {
		t.Run(v.folder, func(t *testing.T) {
			file := func(name string) []byte {
				return needs.File(t, "w3c", path.Join("vc-di-ecdsa/ecdsa-sd-2023", v.folder, name))
			}
			signed := parse(t, file("addSignedSDBase.json"))
			d, err := Open(processor, strictjson.Of(signed))
			if err != nil {
				t.Fatal(err)
			}
			signer := Signer{Key: secretKey(t, "vc-di-ecdsa/p256KeyPair.json")}
			s, err := suiteFor(ECDSASD2023, signer.Key.Public())
			if err != nil {
				t.Fatal(err)
			}
			value, err := d.signParts(context.Background(), config(d.proofs[0]), s, signer, []string{"/issuer"}, publishedSecrets(t))
			if err != nil || value != d.proofs[0].Member("proofValue").Text() {
				t.Errorf("base proof %v, want\n%v\n%s", err, value, d.proofs[0].Member("proofValue").Text())
			}
			if verified, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()}); verified != nil || !errors.Is(err, errBase) || errors.Is(err, ErrUndecided) {
				t.Errorf("the base proof: %v", err)
			}

			var pointers []string
			if err := json.Unmarshal(needs.File(t, "w3c", "vc-di-ecdsa", v.selective), &pointers); err != nil {
				t.Fatal(err)
			}
			shown, err := Derive(context.Background(), processor, strictjson.Of(signed), pointers)
			if err != nil {
				t.Fatal(err)
			}
			want := parse(t, file("derivedRevealDocument.json"))
			if got := parse(t, shown); !reflect.DeepEqual(got, want) {
				t.Errorf("derived %s", shown)
			}
			d, err = Open(processor, strictjson.Of(want))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOpenBadgesParts verifies a derived badge that another implementation published.
func TestOpenBadgesParts(t *testing.T) {
	d, err := Open(processor, strictjson.Of(parse(t, needs.File(t, "open-badges", "fixtures/ob30/sd/derivedcredential.json"))))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()}); err != nil {
		t.Error(err)
	}
}

// award is a badge with nameless objects, two of which state the same.
const award = `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"],"issuer":{"id":"https://college.example/","type":"Profile","name":"Sample College"},
"validFrom":"2026-01-01T00:00:00Z","name":{"@value":"Rowing","@language":"en"},
"credentialSubject":{"type":"AchievementSubject","identifier":[{"type":"IdentityObject","hashed":false,"identityHash":"a","identityType":"name"},
{"type":"IdentityObject","hashed":false,"identityHash":"b","identityType":"name"}],
"achievement":{"id":"urn:uuid:2","type":"Achievement","name":"Rowing","description":"d","criteria":{"narrative":"n"},"tag":["x","y"]}},
"evidence":[{"type":"Evidence","name":"e"},{"type":"Evidence","name":"f"}]}`

// derived signs the award, derives from it and returns both.
func derived(t testing.TB, key crypto.Signer, mandatory, shown []string) (base, reveal map[string]any, err error) {
	t.Helper()
	base = signed(t, prepare(t, json.RawMessage(award)), key, Options{Suite: ECDSASD2023, Created: now, Mandatory: mandatory})
	raw, err := Derive(context.Background(), processor, strictjson.Of(base), shown)
	if err != nil {
		return base, nil, err
	}
	return base, parse(t, raw), nil
}

// TestDerive shows parts of an award, all of which verify and say what was chosen.
func TestDerive(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	for name, c := range map[string]struct {
		mandatory, shown []string
		want             string // of the parts beside contexts, id and type
	}{
		"the mandatory":     {[]string{"/issuer", "/validFrom"}, nil, `{"issuer":{"id":"https://college.example/","type":"Profile","name":"Sample College"},"validFrom":"2026-01-01T00:00:00Z"}`},
		"the chosen":        {nil, []string{"/name"}, `{"name":{"@value":"Rowing","@language":"en"}}`},
		"one of a list":     {[]string{"/validFrom"}, []string{"/evidence/1/name"}, `{"validFrom":"2026-01-01T00:00:00Z","evidence":[{"type":"Evidence","name":"f"}]}`},
		"a text of a list":  {nil, []string{"/credentialSubject/achievement/tag/1"}, `{"credentialSubject":{"type":"AchievementSubject","achievement":{"id":"urn:uuid:2","type":"Achievement","tag":["y"]}}}`},
		"of alike ones one": {nil, []string{"/credentialSubject/identifier/1"}, `{"credentialSubject":{"type":"AchievementSubject","identifier":[{"type":"IdentityObject","hashed":false,"identityHash":"b","identityType":"name"}]}}`},
		"a part and all":    {[]string{"/issuer/name"}, []string{"/issuer", "/issuer/id"}, `{"issuer":{"id":"https://college.example/","type":"Profile","name":"Sample College"}}`},
		"everything":        {nil, []string{""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, shown, err := derived(t, key, c.mandatory, c.shown)
			if err != nil {
				t.Fatal(err)
			}
			if err := verify(shown, key, Terms{At: now}); err != nil {
				t.Error(err)
			}
			delete(shown, "proof")
			want := parse(t, []byte(award))
			if c.want != "" {
				some := parse(t, []byte(c.want))
				for _, always := range []string{"@context", "id", "type"} {
					some[always] = want[always]
				}
				want = some
			}
			if !reflect.DeepEqual(shown, want) {
				t.Errorf("shown %v", shown)
			}
		})
	}
	for name, c := range map[string]struct{ mandatory, shown []string }{
		"nothing":                {nil, nil},
		"what is not there":      {nil, []string{"/evidence/2"}},
		"below a text":           {nil, []string{"/validFrom/x"}},
		"a text of its language": {nil, []string{"/name/@value"}},
	} {
		if _, shown, err := derived(t, key, c.mandatory, c.shown); err == nil {
			t.Errorf("showed %s: %v", name, shown)
		}
	}
	base, shown, err := derived(t, key, nil, []string{"/name"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Derive(context.Background(), processor, strictjson.Of(shown), []string{"/name"}); err == nil {
		t.Error("derived from a derived proof")
	}
	if err := verify(base, key, Terms{At: now}); !errors.Is(err, errBase) {
		t.Errorf("a base proof: %v", err)
	}
	many := strings.TrimSuffix(award, "}") + `,"description":` + list(maxParts, `"#"`) + "}"
	if _, err := SignWith(context.Background(), processor, prepare(t, json.RawMessage(many)), signer(key), Options{Suite: ECDSASD2023}); err == nil {
		t.Error("signed more statements than a verifier reads")
	}
	base["name"] = map[string]any{"@value": "Sailing", "@language": "en"}
	if _, err := Derive(context.Background(), processor, strictjson.Of(base), []string{"/name"}); err == nil {
		t.Error("derived from a changed document")
	}
}

// TestDeriveLists shows ordered lists, which are shown as a whole or not.
func TestDeriveLists(t *testing.T) {
	const list = `{"id":"urn:uuid:3","type":"ResultDescription","name":"r","resultType":"Percent","allowedValue":["1","2","1"]}`
	document := strings.Replace(award, `"tag":["x","y"]`, `"resultDescription":[`+list+`,`+strings.Replace(list, "uuid:3", "uuid:4", 1)+`]`, 1)
	key := ecKey(t, elliptic.P256())
	base := signed(t, prepare(t, json.RawMessage(document)), key, Options{Suite: ECDSASD2023, Created: now})
	const at = "/credentialSubject/achievement/resultDescription/1"
	for pointer, good := range map[string]bool{at: true, at + "/allowedValue": true, at + "/name": true, "": true, at + "/allowedValue/0": false} {
		raw, err := Derive(context.Background(), processor, strictjson.Of(base), []string{pointer})
		if (err == nil) != good {
			t.Errorf("%s: %v", pointer, err)
		}
		if err != nil {
			continue
		}
		if err := verify(parse(t, raw), key, Terms{At: now}); err != nil {
			t.Errorf("%s: %v", pointer, err)
		}
	}
}

// TestDisclosedValues changes the value of a derived proof in every part of it.
func TestDisclosedValues(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	_, shown, err := derived(t, key, []string{"/issuer"}, []string{"/evidence", "/validFrom"})
	if err != nil {
		t.Fatal(err)
	}
	p := shown["proof"].(map[string]any)
	text := p["proofValue"].(string)
	refused := func(name, value string) {
		t.Helper()
		p["proofValue"] = value
		if err := verify(shown, key, Terms{At: now}); err == nil || errors.Is(err, ErrUndecided) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*derivedValue){
		"issuer's signature":         func(v *derivedValue) { v.Signature[5] ^= 1 },
		"issuer's signature cut":     func(v *derivedValue) { v.Signature = v.Signature[:63] },
		"ephemeral key":              func(v *derivedValue) { v.PublicKey[5] ^= 1 },
		"ephemeral key cut":          func(v *derivedValue) { v.PublicKey = v.PublicKey[:34] },
		"ephemeral key of another":   func(v *derivedValue) { v.PublicKey = multikeyBytes(t, ecKey(t, elliptic.P256())) },
		"ephemeral key of a kind":    func(v *derivedValue) { v.PublicKey = multikeyBytes(t, edKey(t)) },
		"one signature":              func(v *derivedValue) { v.Parts[2][7] ^= 1 },
		"one signature cut":          func(v *derivedValue) { v.Parts[2] = v.Parts[2][1:] },
		"one signature fewer":        func(v *derivedValue) { v.Parts = v.Parts[1:] },
		"one signature more":         func(v *derivedValue) { v.Parts = append(v.Parts, v.Parts[0]) },
		"no signatures":              func(v *derivedValue) { v.Parts = nil },
		"signatures in other order":  func(v *derivedValue) { v.Parts[0], v.Parts[1] = v.Parts[1], v.Parts[0] },
		"labels exchanged":           func(v *derivedValue) { v.Labels[0], v.Labels[1] = v.Labels[1], v.Labels[0] },
		"two labels alike":           func(v *derivedValue) { v.Labels[0] = v.Labels[1] },
		"a label cut":                func(v *derivedValue) { v.Labels[0] = v.Labels[0][:31] },
		"a label missing":            func(v *derivedValue) { delete(v.Labels, 0) },
		"a label too many":           func(v *derivedValue) { v.Labels[99] = make([]byte, 32) },
		"another number":             func(v *derivedValue) { v.Labels[99] = v.Labels[0]; delete(v.Labels, 0) },
		"a mandatory place missing":  func(v *derivedValue) { v.Mandatory = v.Mandatory[1:] },
		"a mandatory place too many": func(v *derivedValue) { v.Mandatory = append(v.Mandatory, 1000) },
		"a mandatory place twice":    func(v *derivedValue) { v.Mandatory = append(v.Mandatory, v.Mandatory[len(v.Mandatory)-1]) },
		"none mandatory":             func(v *derivedValue) { v.Mandatory = nil },
	} {
		v, err := readDerived(text)
		if err != nil {
			t.Fatal(err)
		}
		change(&v)
		value, err := writeSDValue(derivedHeader, v)
		if err != nil {
			t.Fatal(err)
		}
		refused(name, value)
	}
	raw, err := sdBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(raw []byte) string { return "u" + base64.RawURLEncoding.EncodeToString(raw) }
	refused("no base", text[1:])
	refused("another base", "z"+text[1:])
	refused("padded", text+"=")
	refused("cut", text[:len(text)-1])
	refused("empty", "u")
	refused("other header", encode(append([]byte{0xd9, 0x5d, 0x02}, raw[3:]...)))
	refused("more after the end", encode(append(bytes.Clone(raw), 0)))
	refused("an array without a length", encode(append(append([]byte{0xd9, 0x5d, 0x01, 0x9f}, raw[4:]...), 0xff)))
	refused("a tag", encode(append([]byte{0xd9, 0x5d, 0x01, 0xd8, 0x40}, raw[3:]...)))
	refused("a longer length", encode(append([]byte{0xd9, 0x5d, 0x01, 0x98, 0x05}, raw[4:]...)))
	refused("four parts", encode(append([]byte{0xd9, 0x5d, 0x01, 0x84}, raw[4:]...)))
	refused("not CBOR", encode([]byte{0xd9, 0x5d, 0x01, 0xff}))
	p["proofValue"] = text
	if err := verify(shown, key, Terms{At: now}); err != nil {
		t.Error(err)
	}
	for member, v := range map[string]any{"validFrom": "2020-01-01T00:00:00Z", "name": "x", "issuer": "https://other.example/", "evidence": nil} {
		changed := maps.Clone(shown)
		changed[member] = v
		if v == nil {
			delete(changed, member)
		}
		if err := verify(changed, key, Terms{At: now}); err == nil || errors.Is(err, ErrUndecided) {
			t.Errorf("another %s: %v", member, err)
		}
	}
	p["previousProof"] = "urn:uuid:1"
	if err := verify(shown, key, Terms{At: now}); !errors.Is(err, ErrUndecided) {
		t.Errorf("a chain of ecdsa-sd-2023: %v", err)
	}
}

func multikeyBytes(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	text, err := keys.Multikey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := keys.DecodeMultibase58(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
