package verifier

import (
	"slices"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

const credentialsNS = "https://www.w3.org/2018/credentials#"

// member is one on which a verdict rests, with the property that it states.
type member struct{ name, property string }

func membersOf(names ...string) []member {
	var out []member
	for _, name := range names {
		out = append(out, member{name, credentialsNS + name})
	}
	return out
}

// decisive are the members of credentials in each version of the data model.
var decisive = map[vc.Version][]member{
	vc.V1: membersOf("issuer", "issuanceDate", "expirationDate", "validFrom", "validUntil", "credentialSubject", "credentialStatus", "credentialSchema", "refreshService"),
	vc.V2: membersOf("issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus", "credentialSchema", "refreshService"),
}

// decisiveOfPresentation are those of a presentation.
var decisiveOfPresentation = membersOf("holder", "verifiableCredential")

// The classes that a document must say it is of.
const (
	classCredential   = credentialsNS + "VerifiableCredential"
	classPresentation = credentialsNS + "VerifiablePresentation"
)

// ambiguous returns a decisive member that the document states more or less often than a
// reader of its JSON finds it under its name: the same property, written another way,
// would be signed and not seen, or seen and not signed.
func (w *walk) ambiguous(g *jsonld.Graph, document strictjson.Value) string {
	members, class := decisiveOfPresentation, classPresentation
	if w.read != nil {
		members, class = decisive[w.read.Version], classCredential
	}
	var stated [16]int // by the places of the members
	of := false
	for property, value := range g.Own() {
		for i, m := range members {
			if property == m.property {
				stated[i]++
			}
		}
		of = of || property == jsonld.Type && value == class
	}
	for i, m := range members {
		if stated[i] != times(document.Member(m.name)) {
			return m.name
		}
	}
	if !of {
		return "type"
	}
	if w.read != nil && !wholeEntries(w.read.Status, document) {
		return "credentialStatus"
	}
	if w.read != nil && g.Uprooted(credentialsNS+"issuer") {
		return "own place among the credentials in it"
	}
	return ""
}

// times is how often a member is found by those who read its JSON.
func times(v strictjson.Value) int {
	switch v.Kind() {
	case strictjson.Absent:
		return 0
	case strictjson.Array:
		return v.Len()
	}
	return 1
}

// wholeEntries reports whether each status entry with an identifier is the only object in the
// document that says anything under it: of what two objects with one identifier say nobody
// can tell which of them said it, so that indexes and lists could be exchanged among them.
// More entries than are looked up later are not looked at.
func wholeEntries(entries []vc.Reference, document strictjson.Value) bool {
	again := func(e vc.Reference) bool { return e.ID != "" && document.Says(e.ID) > 1 }
	return len(entries) > maxEntries || !slices.ContainsFunc(entries, again) || saysNothingElse(document, entries)
}

func saysNothingElse(v strictjson.Value, entries []vc.Reference) bool {
	if v.Is(strictjson.Object) && v.Len() > 1 {
		if id := v.Member("id").Text(); id != "" {
			// Of several entries with one id, the last stands for all: the others then differ
			// from it, or say the same.
			for _, e := range slices.Backward(entries) {
				if e.ID == id {
					if !v.Equal(e.Object) {
						return false
					}
					break
				}
			}
		}
	}
	for inner := v.First(); inner.Present(); inner = inner.Next() {
		if inner.Len() > 0 && !v.Hides(inner) && !saysNothingElse(inner, entries) {
			return false
		}
	}
	return true
}
