package verifier

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"laurel/internal/status"
	"laurel/internal/vc"
)

const tokenListURL = "https://college.example/status/tokens"

func init() {
	forms["token list"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t)), alg: "EdDSA"}
		s.publishTokens(nil, nil)
		p := goodSD(s, true)
		p.binding = nil
		p.payload["status"] = map[string]any{"status_list": map[string]any{"idx": 5, "uri": tokenListURL}}
		p.sign(s)
		return s
	}
	forms["unsigned list"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		s.documents["https://college.example/revoked"] = []byte(`{"id":"https://college.example/revoked","type":["1EdTechRevocationList"],"issuer":"` + issuerDID + `","revokedCredential":[{"id":"urn:uuid:9","revoked":true}]}`)
		s.input = s.badge(func(b map[string]any) {
			b["@context"] = append(b["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
			b["credentialStatus"] = map[string]any{"id": "https://college.example/revoked", "type": "1EdTechRevocationList"}
		})
		return s
	}
	forms["refreshable"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		s.input = s.badge(refreshable("2026-01-01T00:00:00Z"))
		s.documents[refreshURL] = s.input
		return s
	}
}

const refreshURL = "https://college.example/r"

func refreshable(from string) func(map[string]any) {
	return func(b map[string]any) {
		b["@context"] = append(b["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
		b["refreshService"] = map[string]any{"id": refreshURL, "type": "1EdTechCredentialRefresh"}
		b["validFrom"] = from
	}
}

// publishTokens publishes a Token Status List with changes.
func (s *scene) publishTokens(header, payload func(map[string]any)) {
	s.t.Helper()
	h := map[string]any{"alg": s.alg, "kid": s.method, "typ": "statuslist+jwt"}
	p := map[string]any{"sub": tokenListURL, "iat": unix("2026-06-01T11:00:00Z"), "status_list": map[string]any{"bits": 1, "lst": deflated(make([]byte, 16))}}
	for change, m := range map[*func(map[string]any)]map[string]any{&header: h, &payload: p} {
		if *change != nil {
			(*change)(m)
		}
	}
	s.documents[tokenListURL] = []byte(s.compact(h, p))
}

func deflated(b []byte) string {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(out.Bytes())
}

func gzipped(b []byte) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(out.Bytes())
}

// relisted publishes the list anew with a change that its maker signs.
func relisted(change func(l, subject map[string]any)) func(*scene) {
	return func(s *scene) {
		s.t.Helper()
		p, err := status.PrepareList(listURL, issuerDID, "revocation", status.New(status.MinEntries), now.Add(-time.Hour))
		if err != nil {
			s.t.Fatal(err)
		}
		tree := p.Value().Object()
		change(tree, object(tree, "credentialSubject"))
		if p, err = vc.Prepare(tree); err != nil {
			s.t.Fatal(err)
		}
		s.documents[listURL] = s.secure(p)
	}
}

func statusCases() []hostile {
	entry := func(change func(e map[string]any)) func(*scene) {
		return before(func(b map[string]any) { change(object(b, "credentialStatus")) })
	}
	index := func(v any) func(*scene) { return entry(set("statusListIndex", v)) }
	invalid := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "status-list-invalid"} }
	malformed := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "status-malformed"} }
	undecided := func(name string, do func(*scene)) wrong {
		return wrong{name, do, Indeterminate, "status-list-undecided"}
	}
	entries := batch{
		malformed("index with a sign", index("+94567")), malformed("index negative", index("-1")), malformed("index with a blank", index(" 94567")),
		malformed("index with a blank after", index("94567 ")), malformed("index with a leading zero", index("094567")), malformed("index hexadecimal", index("0x17167")),
		malformed("index with an exponent", index("9e4")), malformed("index a fraction", index("1.0")), malformed("index in other digits", index("９４５６７")),
		malformed("index with separators", index("94_567")), malformed("index empty", index("")), malformed("index beyond 64 bits", index("18446744073709551616")),
		malformed("index that wraps", index("4294967296094567")), malformed("no index", entry(drop("statusListIndex"))),
		malformed("no purpose", entry(drop("statusPurpose"))), malformed("no list", entry(drop("statusListCredential"))),
		malformed("size zero", entry(set("statusSize", 0))), malformed("size negative", entry(set("statusSize", -1))),
		malformed("size two without messages", entry(set("statusSize", 2))),
		{"size beyond sense", entry(set("statusSize", 99)), Indeterminate, "status-unsupported"},
		invalid("index at the end", index("131072")), invalid("index far beyond", index("99999999")),
		invalid("purpose of another list", entry(set("statusPurpose", "suspension"))), invalid("purpose in capitals", entry(set("statusPurpose", "Revocation"))),
		{"nine entries", before(func(b map[string]any) {
			var all []any
			for range 9 {
				e := clone(object(b, "credentialStatus"))
				delete(e, "id")
				all = append(all, e)
			}
			b["credentialStatus"] = all
		}), Indeterminate, "status-unsupported"},
		{"second entry unreachable", before(func(b map[string]any) {
			e := clone(object(b, "credentialStatus"))
			delete(e, "id")
			e["statusListCredential"] = "https://college.example/none"
			b["credentialStatus"] = []any{b["credentialStatus"], e}
		}), Indeterminate, "status-unavailable"},
		malformed("second entry malformed", before(func(b map[string]any) {
			e := clone(object(b, "credentialStatus"))
			delete(e, "id")
			e["statusListIndex"] = "-5"
			b["credentialStatus"] = []any{b["credentialStatus"], e}
		})),
		{"list by http", entry(set("statusListCredential", "http://college.example/status/1")), Indeterminate, "status-unavailable"},
		{"list of this machine", entry(set("statusListCredential", "https://127.0.0.1/status")), Indeterminate, "status-unavailable"},
		{"list in the badge", entry(set("statusListCredential", "data:text/plain,x")), Indeterminate, "status-unavailable"},
		{"list a file", entry(set("statusListCredential", "file:///etc/passwd")), Indeterminate, "status-unavailable"},
	}
	lists := batch{
		{"revoked", func(s *scene) {
			s.publishList("revocation", func(b *status.Bitstring) {
				if err := b.Set(94567, true); err != nil {
					s.t.Fatal(err)
				}
			})
		}, Invalid, "status-revoked"},
		{"unreachable", func(s *scene) { delete(s.documents, listURL) }, Indeterminate, "status-unavailable"},
		invalid("empty", func(s *scene) { s.documents[listURL] = nil }),
		invalid("a page", func(s *scene) { s.documents[listURL] = []byte("<html>") }),
		invalid("null", func(s *scene) { s.documents[listURL] = []byte("null") }),
		invalid("unsigned", published(listURL, drop("proof"))),
		invalid("changed", published(listURL, set("validFrom", "2020-01-01T00:00:00Z"))),
		invalid("bits exchanged", published(listURL, func(l map[string]any) {
			b := make([]byte, 16384)
			b[0] = 1
			object(l, "credentialSubject")["encodedList"] = gzipped(b)
		})),
		invalid("undefined term", published(listURL, set("note", "x"))),
		invalid("duplicate member", func(s *scene) {
			s.documents[listURL] = bytes.Replace(s.documents[listURL], []byte(`"issuer"`), []byte(`"issuer":"x:y","issuer"`), 1)
		}),
		invalid("login signature", published(listURL, func(l map[string]any) { proofOf(l)["proofPurpose"] = "authentication" })),
		invalid("of a stranger with this name", func(s *scene) { s.documents[listURL] = newWorld(s.t, ed25519Key(s.t)).documents[listURL] }),
		invalid("of a stranger with its own name", func(s *scene) {
			p := newPerson(s.t)
			list, err := status.PrepareList(listURL, p.id, "revocation", status.New(status.MinEntries), now.Add(-time.Hour))
			if err != nil {
				s.t.Fatal(err)
			}
			s.documents[listURL] = p.secure(list)
		}),
		invalid("another list", relisted(func(l, _ map[string]any) { l["id"] = "https://college.example/status/2" })),
		invalid("list in capitals", relisted(func(l, _ map[string]any) { l["id"] = "https://College.example/status/1" })),
		invalid("not a list by its type", relisted(func(l, _ map[string]any) { l["type"] = []any{"VerifiableCredential"} })),
		invalid("list without purpose", relisted(func(_, s map[string]any) { delete(s, "statusPurpose") })),
		invalid("another purpose", relisted(func(_, s map[string]any) { s["statusPurpose"] = "suspension" })),
		invalid("no bits", relisted(func(_, s map[string]any) { delete(s, "encodedList") })),
		invalid("too short", relisted(func(_, s map[string]any) { s["encodedList"] = gzipped(make([]byte, 16383)) })),
		invalid("not multibase", relisted(func(_, s map[string]any) { s["encodedList"] = gzipped(make([]byte, 16384))[1:] })),
		invalid("other base", relisted(func(_, s map[string]any) { s["encodedList"] = "z" + gzipped(make([]byte, 16384))[1:] })),
		invalid("padded", relisted(func(_, s map[string]any) { s["encodedList"] = gzipped(make([]byte, 16384)) + "=" })),
		invalid("not compressed", relisted(func(_, s map[string]any) {
			s["encodedList"] = "u" + base64.RawURLEncoding.EncodeToString(make([]byte, 16384))
		})),
		invalid("cut short", relisted(func(_, s map[string]any) { t := gzipped(make([]byte, 16384)); s["encodedList"] = t[:len(t)-8] })),
		invalid("data after its end", relisted(func(_, s map[string]any) {
			raw, err := base64.RawURLEncoding.DecodeString(gzipped(make([]byte, 16384))[1:])
			if err != nil {
				panic(err)
			}
			s["encodedList"] = "u" + base64.RawURLEncoding.EncodeToString(append(raw, 0))
		})),
		invalid("two lists in one stream", relisted(func(_, s map[string]any) {
			raw, err := base64.RawURLEncoding.DecodeString(gzipped(make([]byte, 16384))[1:])
			if err != nil {
				panic(err)
			}
			s["encodedList"] = "u" + base64.RawURLEncoding.EncodeToString(slices.Concat(raw, raw))
		})),
		invalid("from the future", relisted(func(l, _ map[string]any) { l["validFrom"] = "2026-06-01T13:00:00Z" })),
		undecided("expired", relisted(func(l, _ map[string]any) { l["validUntil"] = "2026-06-01T11:30:00Z" })),
		undecided("with a status of its own", relisted(func(l, _ map[string]any) {
			l["credentialStatus"] = map[string]any{"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": listURL}
		})),
		undecided("key away", func(s *scene) {
			s.documents[listURL] = s.edit(s.documents[listURL], func(l map[string]any) { proofOf(l)["verificationMethod"] = "did:web:away.example#k" })
		}),
		invalid("bits beyond the bounds", relisted(func(_, s map[string]any) { s["encodedList"] = gzipped(make([]byte, 20<<20)) })),
		invalid("two subjects", relisted(func(l, s map[string]any) {
			o := clone(s)
			o["id"] = listURL + "#2"
			l["credentialSubject"] = []any{s, o}
		})),
	}
	token := func(header, payload func(map[string]any)) func(*scene) {
		return func(s *scene) { s.t.Helper(); s.publishTokens(header, payload) }
	}
	inList := func(change func(map[string]any)) func(map[string]any) {
		return func(p map[string]any) { change(object(p, "status_list")) }
	}
	bits := func(value byte) func(*scene) {
		return token(nil, inList(func(l map[string]any) { b := make([]byte, 16); b[0] = value; l["lst"] = deflated(b) }))
	}
	tokens := batch{
		{"revoked", bits(1 << 5), Invalid, "status-revoked"},
		{"unreachable", func(s *scene) { delete(s.documents, tokenListURL) }, Indeterminate, "status-unavailable"},
		invalid("another list", token(nil, set("sub", "https://college.example/other"))),
		invalid("no sub", token(nil, drop("sub"))),
		invalid("no iat", token(nil, drop("iat"))),
		invalid("from the future", token(nil, set("iat", unix("2026-07-01T00:00:00Z")))),
		undecided("expired", token(nil, set("exp", unix("2026-06-01T11:30:00Z")))),
		invalid("another type", token(set("typ", "jwt"), nil)),
		invalid("no type", token(drop("typ"), nil)),
		invalid("alg none", token(set("alg", "none"), nil)),
		invalid("crit", token(set("crit", []any{"x"}), nil)),
		invalid("no key", token(drop("kid"), nil)),
		invalid("a stranger's key", func(s *scene) {
			p := newPerson(s.t)
			own := *s.world
			other := &scene{world: &own, alg: "EdDSA"}
			other.key, other.method = p.key, p.method
			other.publishTokens(nil, nil)
		}),
		invalid("bits of no size", token(nil, inList(set("bits", 3)))),
		invalid("bits a text", token(nil, inList(set("bits", "1")))),
		invalid("no list", token(nil, drop("status_list"))),
		invalid("too short", token(nil, inList(set("lst", deflated(nil))))),
		invalid("padded", token(nil, inList(set("lst", deflated(make([]byte, 16))+"=")))),
		invalid("not compressed", token(nil, inList(set("lst", "AAAAAAAAAAAAAAAAAAAAAA")))),
		invalid("ttl negative", token(nil, set("ttl", -5))),
		invalid("JSON", func(s *scene) { s.documents[tokenListURL] = []byte(`{"status_list":{}}`) }),
		invalid("a bit of the signature", func(s *scene) {
			text := string(s.documents[tokenListURL])
			s.documents[tokenListURL] = []byte(flipped(text, len(text)-20))
		}),
		{"value of no meaning", token(nil, inList(func(l map[string]any) {
			l["bits"] = 8
			b := make([]byte, 16)
			b[5] = 200
			l["lst"] = deflated(b)
		})), Indeterminate, "status-unsupported"},
		{"suspended", token(nil, inList(func(l map[string]any) {
			l["bits"] = 2
			b := make([]byte, 16)
			b[1] = 2 << 2
			l["lst"] = deflated(b)
		})), Invalid, "status-suspended"},
	}
	revoked := func(change func(l map[string]any)) func(*scene) {
		return published("https://college.example/revoked", change)
	}
	item := func(item any) func(*scene) { return revoked(set("revokedCredential", []any{item})) }
	const sampleID = "urn:uuid:8f0b7f8e-7b0e-4ad5-9f0c-6e1c2a9d1b11"
	unsigned := batch{
		{"revoked", item(map[string]any{"id": sampleID, "revoked": true}), Invalid, "status-revoked"},
		{"revoked without saying so", item(map[string]any{"id": sampleID}), Invalid, "status-revoked"},
		{"revoked for a reason", item(map[string]any{"id": sampleID, "revoked": true, "revocationReason": "in error"}), Invalid, "status-revoked-because"},
		invalid("another list", revoked(set("id", "https://college.example/other"))),
		invalid("of another issuer", revoked(set("issuer", "did:web:university.example"))),
		invalid("of nobody", revoked(drop("issuer"))),
		invalid("no list", revoked(set("revokedCredential", map[string]any{}))),
		invalid("item a text", item(sampleID)),
		invalid("item without id", item(map[string]any{"revoked": true})),
		invalid("revoked a text", item(map[string]any{"id": sampleID, "revoked": "false"})),
		invalid("not JSON", func(s *scene) { s.documents["https://college.example/revoked"] = []byte("<html>") }),
		undecided("beyond the bounds", item(make([]any, 400_000))),
		{"unreachable", func(s *scene) { delete(s.documents, "https://college.example/revoked") }, Indeterminate, "status-unavailable"},
	}
	times := batch{
		{"ended", before(set("validUntil", "2026-06-01T11:59:59Z")), Invalid, "validity-expired"},
		{"ended by its zone", before(set("validUntil", "2026-06-01T13:00:00+02:00")), Invalid, "validity-expired"},
		{"begins by its zone", before(set("validFrom", "2026-06-01T11:00:00-02:00")), Invalid, "validity-not-yet"},
		{"begins in a second", before(set("validFrom", "2026-06-01T12:00:01Z")), Invalid, "validity-not-yet"},
		{"impossible day", after(set("validUntil", "2027-02-30T00:00:00Z")), Invalid, "syntax-malformed"},
		{"no leap year", after(set("validUntil", "2027-02-29T00:00:00Z")), Invalid, "syntax-malformed"},
		{"hour 25", after(set("validUntil", "2027-01-01T25:00:00Z")), Invalid, "syntax-malformed"},
		{"month 13", after(set("validUntil", "2027-13-01T00:00:00Z")), Invalid, "syntax-malformed"},
		{"no zone", after(set("validUntil", "2027-01-01T00:00:00")), Invalid, "syntax-malformed"},
		{"zone of 25 hours", after(set("validUntil", "2027-01-01T00:00:00+25:00")), Invalid, "syntax-malformed"},
		{"a day", after(set("validUntil", "2027-01-01")), Invalid, "syntax-malformed"},
		{"a number", after(set("validUntil", 1798761600)), Invalid, "syntax-malformed"},
		{"empty", after(set("validUntil", "")), Invalid, "syntax-malformed"},
		{"blank around", after(set("validUntil", " 2027-01-01T00:00:00Z")), Invalid, "syntax-malformed"},
		{"other digits", after(set("validUntil", "２０27-01-01T00:00:00Z")), Invalid, "syntax-malformed"},
		{"ends before it begins", after(set("validUntil", "2025-01-01T00:00:00Z")), Invalid, "syntax-malformed"},
		{"asked for another year", func(s *scene) { s.request.At = now.AddDate(3, 0, 0) }, Invalid, "validity-expired"},
		{"asked for before it", func(s *scene) { s.request.At = now.AddDate(-3, 0, 0) }, Invalid, "validity-not-yet"},
	}
	newer := func(name string, give func(s *scene) []byte, code string) wrong {
		return wrong{name, func(s *scene) { s.documents[refreshURL] = give(s) }, Valid, code}
	}
	refresh := batch{
		newer("to a newer one", func(s *scene) []byte { return s.badge(refreshable("2026-05-01T00:00:00Z")) }, "refresh-newer"),
		newer("to another badge", func(s *scene) []byte {
			return s.badge(func(b map[string]any) { refreshable("2026-05-01T00:00:00Z")(b); b["id"] = "urn:uuid:9" })
		}, "refresh-invalid"),
		newer("to a stranger's", func(s *scene) []byte {
			p := newPerson(s.t)
			own := *s.world
			own.key, own.method = p.key, p.method
			return own.badge(func(b map[string]any) { refreshable("2026-05-01T00:00:00Z")(b); object(b, "issuer")["id"] = p.id })
		}, "refresh-invalid"),
		newer("to a forged one", func(s *scene) []byte { return s.edit(s.input, set("name", "Surgery")) }, "refresh-invalid"),
		newer("to a page", func(*scene) []byte { return []byte("<html>") }, "refresh-invalid"),
		newer("to a presentation", func(s *scene) []byte {
			return []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation","verifiableCredential":[` + string(s.input) + `]}`)
		}, "refresh-invalid"),
		{"to nowhere", func(s *scene) { delete(s.documents, refreshURL) }, Valid, "refresh-unavailable"},
	}
	return slices.Concat(entries.of("status", "eddsa-rdfc"), lists.of("status", "eddsa-rdfc"), tokens.of("status", "token list"), unsigned.of("status", "unsigned list"),
		times.of("time", "eddsa-rdfc"), times[4:16].of("time", "eddsa-jcs"), refresh.of("refresh", "refreshable"))
}
