package verifier

import (
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
	if w.read != nil && g.Uprooted(credentialsNS+"issuer") {
		return "own place among the credentials in it"
	}
	return ""
}
