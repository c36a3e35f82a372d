package verifier

import (
	"reflect"
	"slices"

	"laurel/internal/jsonld"
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
func (w *walk) ambiguous(g *jsonld.Graph, tree map[string]any) string {
	members, class := decisiveOfPresentation, "VerifiablePresentation"
	if w.read != nil {
		members, class = decisive[w.read.Version], "VerifiableCredential"
	}
	for _, name := range members {
		seen := 0
		if v, present := tree[name]; present {
			seen = 1
			if list, isList := v.([]any); isList {
				seen = len(list)
			}
		}
		if g.Count(credentialsNS+name) != seen {
			return name
		}
	}
	if !slices.Contains(g.Types(), credentialsNS+class) {
		return "type"
	}
	if w.read != nil && !wholeEntries(w.read.Status, tree) {
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
func wholeEntries(entries []vc.Reference, tree map[string]any) bool {
	whole := map[string]map[string]any{}
	for _, e := range entries {
		if e.ID != "" {
			whole[e.ID] = e.Object
		}
	}
	return len(whole) == 0 || saysNothingElse(tree, whole)
}

func saysNothingElse(v any, whole map[string]map[string]any) bool {
	switch v := v.(type) {
	case map[string]any:
		id, _ := v["id"].(string)
		if entry := whole[id]; entry != nil && len(v) > 1 && !reflect.DeepEqual(v, entry) {
			return false
		}
		for _, member := range v {
			if !saysNothingElse(member, whole) {
				return false
			}
		}
	case []any:
		for _, item := range v {
			if !saysNothingElse(item, whole) {
				return false
			}
		}
	}
	return true
}
