package verifier

import (
	"maps"
	"testing"

	"laurel/internal/status"
	"laurel/internal/vc"
)

const self = "https://college.example/credentials/3732"

// ended is a badge that has expired and is revoked, and that points to itself in a way
// that the standard allows.
func ended(carrier string) func(map[string]any) {
	return func(b map[string]any) {
		b["@context"] = append(b["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
		b["id"], b["validUntil"] = self, "2026-05-01T00:00:00Z"
		switch carrier {
		case "refreshService":
			b[carrier] = map[string]any{"id": self, "type": "1EdTechCredentialRefresh"}
		case "evidence":
			b[carrier] = []any{map[string]any{"id": self, "type": []any{"Evidence"}}}
		case "endorsement":
			b[carrier] = []any{endorsement("did:web:university.example")}
		}
	}
}

func endorsement(issuer string) map[string]any {
	return map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:1f0b7f8e-7b0e-4ad5-9f0c-6e1c2a9d1b11", "type": []any{"VerifiableCredential", "EndorsementCredential"},
		"name": "e", "issuer": issuer, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": map[string]any{"id": self, "type": []any{"EndorsementSubject"}, "endorsementComment": "good"},
	}
}

// TestMovedOutOfSight takes an honest badge that has ended and moves, without changing
// one statement, what says so into a nested object with the badge's own id.
func TestMovedOutOfSight(t *testing.T) {
	for _, carrier := range []string{"refreshService", "evidence", "endorsement"} {
		t.Run(carrier, func(t *testing.T) {
			w := newWorld(t, ed25519Key(t))
			w.publishList("revocation", func(b *status.Bitstring) {
				if err := b.Set(94567, true); err != nil {
					t.Fatal(err)
				}
			})
			signed := w.badge(ended(carrier))
			honest := w.badge(func(b map[string]any) { ended(carrier)(b); b["validUntil"] = "2027-01-01T00:00:00Z" })
			expect(t, w.verify(honest), Invalid, "status-revoked") // and nothing else is held against it
			forged := w.edit(signed, func(b map[string]any) {
				hide := nested(b, carrier)
				b["type"] = append(b["type"].([]any), hide["type"].([]any)...)
				hide["type"] = append(hide["type"].([]any), "VerifiableCredential")
				for _, name := range []string{"validUntil", "credentialStatus"} {
					hide[name] = b[name]
					delete(b, name)
				}
			})
			expect(t, w.verify(forged), Invalid, "context-ambiguous")
		})
	}
}

// nested returns the object with the badge's own id, its type as a list.
func nested(b map[string]any, carrier string) map[string]any {
	var o map[string]any
	switch v := b[carrier].(type) {
	case map[string]any:
		o = v
	case []any:
		o = v[0].(map[string]any)
	}
	if carrier == "endorsement" {
		o = object(o, "credentialSubject")
	}
	if text, ok := o["type"].(string); ok {
		o["type"] = []any{text}
	}
	return o
}

// TestTurnedAround makes an endorsement that stands inside a badge the whole document and
// the badge a part of it; the statements are the same.
func TestTurnedAround(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	signed := w.badge(func(b map[string]any) {
		ended("")(b)
		b["endorsement"] = []any{endorsement(issuerDID)}
	})
	forged := w.edit(signed, func(b map[string]any) {
		e := b["endorsement"].([]any)[0].(map[string]any)
		inner := maps.Clone(b)
		delete(inner, "proof")
		delete(inner, "@context")
		maps.Copy(inner, object(e, "credentialSubject"))
		inner["type"] = []any{"VerifiableCredential", "OpenBadgeCredential", "EndorsementSubject"}
		inner["endorsement"] = map[string]any{"id": e["id"]}
		proof, context := b["proof"], b["@context"]
		clear(b)
		maps.Copy(b, e)
		b["@context"], b["proof"], b["credentialSubject"] = context, proof, inner
	})
	expect(t, w.verify(forged), Invalid, "context-ambiguous")
}

// TestListMovedOutOfSight has the host of a status list revive one that has ended.
func TestListMovedOutOfSight(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	badge := w.badge(nil)
	bits, err := status.New(status.MinEntries).Encode()
	if err != nil {
		t.Fatal(err)
	}
	p, err := vc.Prepare(map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": listURL,
		"type": []any{"VerifiableCredential", "BitstringStatusListCredential"}, "issuer": issuerDID,
		"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2026-01-02T00:00:00Z",
		"credentialSubject": map[string]any{"id": listURL, "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": bits},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.documents[listURL] = w.secure(p)
	expect(t, w.verify(badge), Indeterminate, "status-list-undecided") // it says no more, but is no forgery
	w.documents[listURL] = w.edit(w.documents[listURL], func(l map[string]any) {
		s := object(l, "credentialSubject")
		s["type"] = []any{"BitstringStatusList", "VerifiableCredential"}
		s["validUntil"] = l["validUntil"]
		delete(l, "validUntil")
	})
	expect(t, w.verify(badge), Invalid, "status-list-invalid")
}

// TestV1Dates: the context of version 1.1 defines validUntil as well, so that it is signed
// and counts.
func TestV1Dates(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	v1 := func(b map[string]any) {
		b["@context"] = []any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://w3id.org/security/data-integrity/v2"}
		b["issuanceDate"], b["expirationDate"] = b["validFrom"], b["validUntil"]
		delete(b, "validFrom")
		delete(b, "validUntil")
		delete(b, "credentialStatus")
	}
	expect(t, w.verify(w.badge(v1)), Valid, "status-none")
	expect(t, w.verify(w.badge(func(b map[string]any) { v1(b); b["validUntil"] = "2026-05-01T00:00:00Z" })), Invalid, "validity-expired")
	expect(t, w.verify(w.badge(func(b map[string]any) { v1(b); b["expirationDate"] = "2026-05-01T00:00:00Z" })), Invalid, "validity-expired")
}
