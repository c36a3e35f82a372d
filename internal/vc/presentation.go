package vc

import (
	"slices"
	"strconv"
	"strings"
)

// Presentation is what an unverified presentation says of itself (VC-DM §4.13).
type Presentation struct {
	Version     Version
	ID          string
	Types       []string
	Contexts    []string // the addresses among the contexts, in order
	Holder      string   // the holder's identifier; empty where none is named
	Credentials []map[string]any
}

// ReadPresentation returns what tree says and every problem found, as Read does. Of the
// credentials in it, which are to be read and verified each for itself, it holds only that
// each is one, or one in an envelope (VC-DM §4.13.1).
func ReadPresentation(tree map[string]any) (*Presentation, []Problem) {
	r := reader{tree: tree, kind: "presentation", c: &Credential{}}
	r.contexts()
	r.identity("VerifiablePresentation")
	p := &Presentation{Version: r.c.Version, ID: r.c.ID, Types: r.c.Types, Contexts: r.c.Contexts}
	p.Holder = r.holder()
	p.Credentials = r.credentials()
	r.references("termsOfUse", false)
	return p, r.problems
}

func (r *reader) holder() string {
	switch v := r.tree["holder"].(type) {
	case nil:
		if _, present := r.tree["holder"]; !present {
			return ""
		}
	case string:
		return r.url("/holder", v)
	case map[string]any:
		return r.url("/holder/id", v["id"])
	}
	r.problem("/holder", "the holder is neither an address nor an object")
	return ""
}

func (r *reader) credentials() []map[string]any {
	v, present := r.tree["verifiableCredential"]
	if !present {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []map[string]any
	for i, item := range list {
		at := "/verifiableCredential/" + strconv.Itoa(i)
		object, _ := item.(map[string]any)
		types, _ := Texts(object["type"])
		switch {
		case object == nil:
			r.problem(at, "it is not an object")
			continue
		case slices.Contains(types, "EnvelopedVerifiableCredential"):
			if id, _ := object["id"].(string); !strings.HasPrefix(id, "data:") {
				r.problem(at+"/id", "it is not a data: URL with a credential in it")
			}
		case !slices.Contains(types, "VerifiableCredential"):
			r.problem(at+"/type", "it is not a credential")
		}
		out = append(out, object)
	}
	return out
}
