package verifier

import (
	"slices"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

const credentialsNS = "https://www.w3.org/2018/credentials#"

// decisive are the members on which a verdict rests, in each version of the data model;
// their properties are credentialsNS and the name.
var decisive = map[vc.Version][]string{
	vc.V1: {"issuer", "issuanceDate", "expirationDate", "validFrom", "validUntil", "credentialSubject", "credentialStatus", "credentialSchema", "refreshService"},
	vc.V2: {"issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus", "credentialSchema", "refreshService"},
}

// decisiveOfPresentation are those of a presentation.
var decisiveOfPresentation = []string{"holder", "verifiableCredential"}

// ambiguous returns a decisive member that the document states more or less often than a
// reader of its JSON finds it under its name: the same property, written another way,
// would be signed and not seen, or seen and not signed.
func (w *walk) ambiguous(g *jsonld.Graph, document strictjson.Value) string {
	members, class := decisiveOfPresentation, "VerifiablePresentation"
	if w.read != nil {
		members, class = decisive[w.read.Version], "VerifiableCredential"
	}
	for _, name := range members {
		seen := 0
		switch v := document.Member(name); v.Kind() {
		case strictjson.Absent:
		case strictjson.Array:
			seen = v.Len()
		default:
			seen = 1
		}
		if g.Count(credentialsNS+name) != seen {
			return name
		}
	}
	if !slices.Contains(g.Types(), credentialsNS+class) {
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

// wholeEntries reports whether each status entry with an identifier is the only object in the
// document that says anything under it: of what two objects with one identifier say nobody
// can tell which of them said it, so that indexes and lists could be exchanged among them.
func wholeEntries(entries []vc.Reference, document strictjson.Value) bool {
	whole := map[string]strictjson.Value{}
	for _, e := range entries {
		if e.ID != "" {
			whole[e.ID] = e.Object
		}
	}
	return len(whole) == 0 || saysNothingElse(document, whole)
}

func saysNothingElse(v strictjson.Value, whole map[string]strictjson.Value) bool {
	if v.Is(strictjson.Object) {
		entry := whole[v.Member("id").Text()]
		if entry.Present() && v.Len() > 1 && !v.Equal(entry) {
			return false
		}
		for _, member := range v.Members() {
			if !saysNothingElse(member, whole) {
				return false
			}
		}
	}
	for item := range v.Items() {
		if !saysNothingElse(item, whole) {
			return false
		}
	}
	return true
}
