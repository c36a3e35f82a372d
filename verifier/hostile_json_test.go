package verifier

import (
	"slices"
	"strings"
)

// jsonCases are tricks with JSON, on documents that are signed as statements, as text and as
// tokens.
func jsonCases() []hostile {
	ended := func(more string) func(*scene) {
		return func(s *scene) { s.input = append(s.input, more...) }
	}
	spoiled := func(old, new string) func(*scene) { return replace(old, new) }
	tricks := batch{
		{"duplicate member", spoiled(`"name":"Food Hygiene"`, `"name":"Surgery","name":"Food Hygiene"`), Invalid, "syntax-json"},
		{"duplicate, last", spoiled(`"name":"Food Hygiene"`, `"name":"Food Hygiene","name":"Surgery"`), Invalid, "syntax-json"},
		{"equal duplicate", spoiled(`"name":"Food Hygiene"`, `"name":"Food Hygiene","name":"Food Hygiene"`), Invalid, "syntax-json"},
		{"escaped duplicate", spoiled(`"name":"Food Hygiene"`, `"n\u0061me":"Surgery","name":"Food Hygiene"`), Invalid, "syntax-json"},
		{"duplicate within", spoiled(`"issuer":{`, `"issuer":{"id":"did:web:university.example",`), Invalid, "syntax-json"},
		{"duplicate proof", spoiled(`"proof":`, `"proof":null,"proof":`), Invalid, "syntax-json"},
		{"duplicate end", spoiled(`"validUntil":`, `"validUntil":"2099-01-01T00:00:00Z","validUntil":`), Invalid, "syntax-json"},
		{"duplicate context", spoiled(`"@context":`, `"@context":[],"@context":`), Invalid, "syntax-json"},
		{"data after the end", ended("{}"), Invalid, "syntax-json"},
		{"comma after the end", ended(","), Invalid, "syntax-json"},
		{"NUL after the end", ended("\x00"), Invalid, "syntax-json"},
		{"second document", func(s *scene) { s.input = slices.Concat(s.input, []byte("\n"), s.input) }, Invalid, "syntax-json"},
		{"cut short", func(s *scene) { s.input = s.input[:len(s.input)-1] }, Invalid, "syntax-json"},
		{"comma at the end of an object", spoiled(`"name":"Food Hygiene",`, `"name":"Food Hygiene",,`), Invalid, "syntax-json"},
		{"comment", spoiled(`"name":`, `/* name */"name":`), Invalid, "syntax-json"},
		{"single quotes", spoiled(`"name":"Food Hygiene"`, `"name":'Food Hygiene'`), Invalid, "syntax-json"},
		{"name without quotes", spoiled(`"name":"Food Hygiene"`, `name:"Food Hygiene"`), Invalid, "syntax-json"},
		{"not a number", spoiled(`"name":`, `"n":NaN,"name":`), Invalid, "syntax-json"},
		{"leading zero", spoiled(`"name":`, `"n":01,"name":`), Invalid, "syntax-json"},
		{"plus sign", spoiled(`"name":`, `"n":+1,"name":`), Invalid, "syntax-json"},
		{"hexadecimal", spoiled(`"name":`, `"n":0x1,"name":`), Invalid, "syntax-json"},
		{"number without end", spoiled(`"name":`, `"n":1.,"name":`), Invalid, "syntax-json"},
		{"number beyond doubles", spoiled(`"name":`, `"n":1e400,"name":`), Invalid, "syntax-json"},
		{"number that loses digits", spoiled(`"name":`, `"n":9007199254740993,"name":`), Invalid, "syntax-json"},
		{"lone high surrogate", spoiled("Sample", `Sam\ud800ple`), Invalid, "syntax-json"},
		{"lone low surrogate", spoiled("Sample", `Sam\udc00ple`), Invalid, "syntax-json"},
		{"surrogates reversed", spoiled("Sample", `Sam\udc00\ud800ple`), Invalid, "syntax-json"},
		{"not UTF-8", spoiled("Sample", "Sam\xffple"), Invalid, "syntax-json"},
		{"overlong UTF-8", spoiled("Sample", "Sam\xc1\xa5le"), Invalid, "syntax-json"},
		{"surrogate in UTF-8", spoiled("Sample", "Sam\xed\xa0\x80ple"), Invalid, "syntax-json"},
		{"bare control character", spoiled("Sample", "Sam\nple"), Invalid, "syntax-json"},
		{"bare NUL", spoiled("Sample", "Sam\x00ple"), Invalid, "syntax-json"},
		{"unknown escape", spoiled("Sample", `Sam\qple`), Invalid, "syntax-json"},
		{"short escape", spoiled("Sample", `Sam\u00ple`), Invalid, "syntax-json"},
		{"other kind of blank", spoiled(`"name":`, "\u00a0\"name\":"), Invalid, "syntax-json"},
		{"escaped NUL in a value", spoiled("Sample", `Sam\u0000ple`), Invalid, "proof-invalid"},
		{"a list at the top", func(s *scene) { s.input = slices.Concat([]byte("["), s.input, []byte("]")) }, Invalid, "input-unrecognized"},
		{"a text at the top", func(s *scene) { s.input = []byte(`"` + strings.ReplaceAll(string(s.input), `"`, `\"`) + `"`) }, Invalid, "input-unrecognized"},
		{"UTF-16", func(s *scene) {
			out := []byte("\xff\xfe")
			for _, b := range s.input {
				out = append(out, b, 0)
			}
			s.input = out
		}, Invalid, "input-utf-16"},
		{"too deep", spoiled(`"name":`, `"n":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`,"name":`), Indeterminate, "syntax-too-large"},
		{"too many values", spoiled(`"name":`, `"n":[`+strings.Repeat("1,", 100_000)+`1],"name":`), Indeterminate, "syntax-too-large"},
		{"too long", spoiled(`"name":`, `"n":"`+strings.Repeat("x", 1<<20)+`","name":`), Indeterminate, "syntax-too-large"},
	}
	cased := batch{
		{"name in capitals", replace(`"name":"Food Hygiene"`, `"Name":"Surgery","name":"Food Hygiene"`), Invalid, "context-loss"},
		{"proof in capitals", replace(`"proof":`, `"Proof":`), Invalid, "context-loss"},
		{"issuer in capitals", replace(`"issuer":`, `"ISSUER":{"id":"did:web:x.example"},"issuer":`), Invalid, "context-loss"},
		{"Kelvin sign in a name", replace(`"awardedDate":`, `"awar\u212Aed":"x","awardedDate":`), Invalid, "context-loss"},
		{"Cyrillic look-alike", replace(`"name":`, "\"n\u0430me\":\"Surgery\",\"name\":"), Invalid, "context-loss"},
		{"no name at all", replace(`"name":`, `"":"Surgery","name":`), Invalid, "context-loss"},
		{"__proto__", replace(`"name":`, `"__proto__":{"name":"Surgery"},"name":`), Invalid, "context-loss"},
		{"constructor", replace(`"name":`, `"constructor":"x","name":`), Invalid, "context-loss"},
		{"blank at the end of a name", replace(`"name":`, `"name ":"Surgery","name":`), Invalid, "context-loss"},
		{"NUL at the end of a name", replace(`"name":`, `"name\u0000":"Surgery","name":`), Invalid, "context-loss"},
		{"joiner in a name", replace(`"name":`, `"na\u200dme":"Surgery","name":`), Invalid, "context-loss"},
	}
	return slices.Concat(tricks.of("JSON", "eddsa-rdfc"), cased.of("JSON", "eddsa-rdfc"),
		tricks[:12].of("JSON", "eddsa-jcs"), cased.of("JSON", "eddsa-jcs"))
}

// meaningCases change what a reader of the JSON sees and what is signed apart from each
// other.
func meaningCases() []hostile {
	address := "https://www.w3.org/2018/credentials#"
	contexts := func(change func([]any) []any) func(*scene) {
		return after(func(b map[string]any) { b["@context"] = change(b["@context"].([]any)) })
	}
	own := func(definition any) func(*scene) {
		return contexts(func(c []any) []any { return append(c, definition) })
	}
	add := func(name string, v any) func(*scene) { return after(set(name, v)) }
	loss := batch{
		{"undefined term", add("grade", "A"), Invalid, "context-loss"},
		{"undefined term in the issuer", after(func(b map[string]any) { object(b, "issuer")["grade"] = "A" }), Invalid, "context-loss"},
		{"undefined term in the subject", after(func(b map[string]any) { object(b, "credentialSubject")["grade"] = "A" }), Invalid, "context-loss"},
		{"undefined term in the achievement", after(func(b map[string]any) {
			object(object(b, "credentialSubject"), "achievement")["grade"] = "A"
		}), Invalid, "context-loss"},
		{"undefined term in the status", after(func(b map[string]any) { object(b, "credentialStatus")["note"] = "A" }), Invalid, "context-loss"},
		{"undefined object", add("transcript", map[string]any{"grade": "A"}), Invalid, "context-loss"},
		{"undefined list", add("grades", []any{"A", "B"}), Invalid, "context-loss"},
		{"undefined type", after(func(b map[string]any) { b["type"] = append(b["type"].([]any), "Doctorate") }), Invalid, "context-loss"},
		{"undefined type of the issuer", after(func(b map[string]any) { object(b, "issuer")["type"] = []any{"Profile", "University"} }), Invalid, "context-loss"},
		{"null", add("awardedDate", nil), Invalid, "context-loss"},
		{"null in a list", after(func(b map[string]any) { b["type"] = append(b["type"].([]any), nil) }), Invalid, "syntax-malformed"},
		{"relative address", after(func(b map[string]any) {
			object(object(b, "credentialSubject"), "achievement")["image"] = map[string]any{"id": "a.png", "type": "Image"}
		}), Invalid, "context-loss"},
		{"look-alike keyword", add("@name", "Surgery"), Invalid, "context-loss"},
		{"unknown keyword", add("@ignore", "Surgery"), Invalid, "context-loss"},
		{"object without content", after(func(b map[string]any) { b["evidence"] = []any{map[string]any{}} }), Invalid, "syntax-malformed"},
		{"text where an address must be", after(func(b map[string]any) {
			object(object(b, "credentialSubject"), "achievement")["creator"] = map[string]any{"id": "not an address", "type": []any{"Profile"}}
		}), Invalid, "context-loss"},
		{"address with a blank", after(func(b map[string]any) {
			object(object(b, "credentialSubject"), "achievement")["creator"] = map[string]any{"id": "https://a.example/x y", "type": []any{"Profile"}}
		}), Invalid, "context-loss"},
		{"blank node for an id", after(func(b map[string]any) { object(b, "credentialSubject")["id"] = "_:b0" }), Invalid, "syntax-malformed"},
	}
	hiding := batch{
		{"end by its address", add(address+"validUntil", "2020-01-01T00:00:00Z"), Invalid, "context-loss"},
		{"end by its address only", after(func(b map[string]any) { b[address+"validUntil"] = b["validUntil"]; delete(b, "validUntil") }), Invalid, "context-loss"},
		{"status by its address only", after(func(b map[string]any) {
			b[address+"credentialStatus"] = b["credentialStatus"]
			delete(b, "credentialStatus")
		}), Invalid, "context-loss"},
		{"end by a short address", after(func(b map[string]any) { b["cred:validUntil"] = b["validUntil"]; delete(b, "validUntil") }), Invalid, "context-loss"},
		{"@nest", after(func(b map[string]any) {
			b["@nest"] = map[string]any{"validUntil": b["validUntil"]}
			delete(b, "validUntil")
		}), Invalid, "context-loss"},
		{"@included", add("@included", []any{map[string]any{"id": "urn:x:1", "name": "x"}}), Invalid, "context-loss"},
		{"@graph", after(func(b map[string]any) {
			inner := clone(b)
			clear(b)
			b["@context"], b["type"] = inner["@context"], inner["type"]
			b["issuer"], b["credentialSubject"] = inner["issuer"], inner["credentialSubject"]
			b["@graph"] = []any{inner}
		}), Invalid, "context-loss"},
		{"@reverse", add("@reverse", map[string]any{"issuer": map[string]any{"id": "urn:x:1"}}), Invalid, "context-loss"},
		{"@index", add("@index", "x"), Invalid, "context-loss"},
		{"@id beside id", add("@id", "urn:uuid:1"), Invalid, "context-loss"},
		{"@type beside type", add("@type", []any{"VerifiableCredential"}), Invalid, "context-loss"},
		{"@type for type", after(func(b map[string]any) { b["@type"] = b["type"]; delete(b, "type") }), Invalid, "syntax-malformed"},
		{"@value for the end", after(func(b map[string]any) { b["validUntil"] = map[string]any{"@value": b["validUntil"]} }), Invalid, "syntax-malformed"},
		{"@list for the end", after(func(b map[string]any) { b["validUntil"] = map[string]any{"@list": []any{b["validUntil"]}} }), Invalid, "syntax-malformed"},
		{"@set for the end", after(func(b map[string]any) { b["validUntil"] = map[string]any{"@set": []any{b["validUntil"]}} }), Invalid, "syntax-malformed"},
		{"list for the end", after(func(b map[string]any) { b["validUntil"] = []any{b["validUntil"]} }), Invalid, "syntax-malformed"},
		{"list for the issuer", after(func(b map[string]any) { b["issuer"] = []any{b["issuer"]} }), Invalid, "syntax-malformed"},
		{"two issuers", after(func(b map[string]any) { b["issuer"] = []any{b["issuer"], "did:web:university.example"} }), Invalid, "syntax-malformed"},
		{"@value with a type", add("description", map[string]any{"@value": "x", "@type": "https://x.example/t"}), Invalid, "syntax-malformed"},
		{"@value with an index", add("description", map[string]any{"@value": "x", "@index": "1"}), Invalid, "syntax-malformed"},
		{"end told of the same thing elsewhere", after(func(b map[string]any) {
			b["evidence"] = []any{map[string]any{"id": b["id"], "type": []any{"Evidence", "VerifiableCredential"}, "validUntil": b["validUntil"]}}
			delete(b, "validUntil")
		}), Invalid, "context-ambiguous"},
		{"issuer told of the same thing elsewhere", after(func(b map[string]any) {
			b["evidence"] = []any{map[string]any{"id": b["id"], "type": []any{"Evidence", "VerifiableCredential"}, "issuer": "did:web:university.example"}}
		}), Invalid, "context-ambiguous"},
		{"status told of the same thing elsewhere", after(func(b map[string]any) {
			b["evidence"] = []any{map[string]any{"id": b["id"], "type": []any{"Evidence", "VerifiableCredential"}, "credentialStatus": b["credentialStatus"]}}
			delete(b, "credentialStatus")
		}), Invalid, "context-ambiguous"},
		{"status entry taken apart", after(func(b map[string]any) {
			e := object(b, "credentialStatus")
			b["evidence"] = []any{map[string]any{"id": e["id"], "type": []any{"Evidence", "BitstringStatusListEntry"}, "statusSize": 2}}
		}), Invalid, "context-ambiguous"},
	}
	swapped := batch{
		{"unknown context", own("https://x.example/context"), Indeterminate, "context-unknown"},
		{"look-alike of a context", contexts(func(c []any) []any {
			return []any{c[0], "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json#"}
		}), Indeterminate, "context-unknown"},
		{"context by http", contexts(func(c []any) []any {
			return []any{c[0], "http://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"}
		}), Indeterminate, "context-unknown"},
		{"relative context", own("context.json"), Indeterminate, "context-unknown"},
		{"contexts reversed", contexts(func(c []any) []any { return []any{c[1], c[0]} }), Invalid, "syntax-malformed"},
		{"base context first by look-alike", contexts(func(c []any) []any {
			return []any{"https://www.w3.org/ns/credentials/v2/", c[1]}
		}), Invalid, "syntax-malformed"},
		{"two data models", own("https://www.w3.org/2018/credentials/v1"), Invalid, "syntax-malformed"},
		{"no badge context", contexts(func(c []any) []any { return c[:1] }), Invalid, "context-loss"},
		{"other version of the badge context", own("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"), Invalid, "context-invalid"},
		{"null context", own(nil), Invalid, "context-invalid"},
		{"null context first", contexts(func(c []any) []any { return append([]any{nil}, c...) }), Invalid, "syntax-malformed"},
		{"a number as context", own(5), Invalid, "context-invalid"},
		{"a list as context", own([]any{"https://www.w3.org/ns/credentials/v2"}), Invalid, "context-invalid"},
		{"no contexts", contexts(func([]any) []any { return []any{} }), Invalid, "syntax-malformed"},
		{"term redefined", own(map[string]any{"name": "https://x.example/n"}), Invalid, "context-invalid"},
		{"protected term redefined", own(map[string]any{"issuer": "https://x.example/i"}), Invalid, "context-invalid"},
		{"term of the achievement redefined", own(map[string]any{"achievement": "https://x.example/a"}), Invalid, "context-invalid"},
		{"second name of a property", own(map[string]any{"end": address + "validUntil"}), Indeterminate, "context-unsupported"},
		{"null term", own(map[string]any{"grade": nil}), Indeterminate, "context-unsupported"},
		{"alias of a keyword", own(map[string]any{"is": "@type"}), Invalid, "context-invalid"},
		{"alias of an id", own(map[string]any{"ident": "@id"}), Invalid, "context-invalid"},
		{"@nest alias", own(map[string]any{"more": "@nest"}), Invalid, "context-invalid"},
		{"@base", own(map[string]any{"@base": "https://x.example/"}), Indeterminate, "context-unsupported"},
		{"@language", own(map[string]any{"@language": "de"}), Indeterminate, "context-unsupported"},
		{"@direction", own(map[string]any{"@direction": "rtl"}), Indeterminate, "context-unsupported"},
		{"@propagate", own(map[string]any{"@propagate": false}), Indeterminate, "context-unsupported"},
		{"@import", own(map[string]any{"@import": "https://x.example/c"}), Indeterminate, "context-unsupported"},
		{"@version 1.0", own(map[string]any{"@version": 1}), Indeterminate, "context-unsupported"},
		{"@vocab of a known vocabulary", own(map[string]any{"@vocab": address}), Indeterminate, "context-unsupported"},
		{"@vocab that begins a known one", own(map[string]any{"@vocab": "https://www.w3.org/2018/"}), Indeterminate, "context-unsupported"},
		{"relative @vocab", own(map[string]any{"@vocab": "#"}), Indeterminate, "context-unsupported"},
		{"@reverse term", own(map[string]any{"issued": map[string]any{"@reverse": address + "issuer"}}), Indeterminate, "context-unsupported"},
		{"scoped context in a term", own(map[string]any{"x": map[string]any{"@id": "https://x.example/x", "@context": map[string]any{}}}), Indeterminate, "context-unsupported"},
		{"a known name for JSON", own(map[string]any{"name": map[string]any{"@id": "https://schema.org/name", "@type": "@json"}}), Indeterminate, "context-unsupported"},
		{"@index container", own(map[string]any{"x": map[string]any{"@id": "https://x.example/x", "@container": "@index"}}), Indeterminate, "context-unsupported"},
		{"context within the subject", after(func(b map[string]any) {
			object(b, "credentialSubject")["@context"] = map[string]any{"name": "https://x.example/n"}
		}), Invalid, "context-invalid"},
		{"context within the status", after(func(b map[string]any) {
			object(b, "credentialStatus")["@context"] = "https://x.example/c"
		}), Indeterminate, "context-unknown"},
		{"null context within the subject", after(func(b map[string]any) { object(b, "credentialSubject")["@context"] = nil }), Invalid, "context-invalid"},
	}
	return slices.Concat(loss.of("silent loss", "eddsa-rdfc"), loss.of("silent loss", "eddsa-jcs"),
		hiding.of("hiding in plain sight", "eddsa-rdfc"), hiding[:14].of("hiding in plain sight", "p256-jcs"),
		swapped.of("meaning swapped", "eddsa-rdfc"), swapped.of("meaning swapped", "eddsa-jcs"))
}
