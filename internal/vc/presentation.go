package vc

import (
	"slices"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// Presentation is what an unverified presentation says of itself (VC-DM §4.13).
type Presentation struct {
	Version     Version
	ID          string
	Types       []string
	Contexts    []string // the addresses among the contexts, in order
	Holder      string   // the holder's identifier; empty where none is named
	Credentials []strictjson.Value
}

// ReadPresentation returns what a document says and every problem found, as Read does. Of the
// credentials in it, which are to be read and verified each for itself, it holds only that
// each is one, or one in an envelope (VC-DM §4.13.1).
func ReadPresentation(document strictjson.Value) (*Presentation, []Problem) {
	r := reader{document: document, kind: "presentation", c: &Credential{}}
	r.contexts()
	r.identity("VerifiablePresentation")
	p := &Presentation{Version: r.c.Version, ID: r.c.ID, Types: r.c.Types, Contexts: r.c.Contexts}
	p.Holder = r.holder()
	p.Credentials = r.credentials()
	r.checkReferences("termsOfUse", false)
	return p, r.problems
}

func (r *reader) holder() string {
	switch v := r.document.Member("holder"); v.Kind() {
	case strictjson.Absent:
		return ""
	case strictjson.String:
		return r.url("/holder", v)
	case strictjson.Object:
		return r.url("/holder/id", v.Member("id"))
	}
	r.problem("/holder", "the holder is neither an address nor an object")
	return ""
}

func (r *reader) credentials() []strictjson.Value {
	var out []strictjson.Value
	i := -1
	for object := range r.document.Member("verifiableCredential").Listed() {
		i++
		at := "/verifiableCredential/" + strconv.Itoa(i)
		types, _ := Texts(object.Member("type"))
		switch {
		case !object.Is(strictjson.Object):
			r.problem(at, "it is not an object")
			continue
		case slices.Contains(types, "EnvelopedVerifiableCredential"):
			if !strings.HasPrefix(object.Member("id").Text(), "data:") {
				r.problem(at+"/id", "it is not a data: URL with a credential in it")
			}
		case !slices.Contains(types, "VerifiableCredential"):
			r.problem(at+"/type", "it is not a credential")
		}
		out = append(out, object)
	}
	return out
}
