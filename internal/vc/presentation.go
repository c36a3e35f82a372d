package vc

import (
	"slices"
)

// Presentation is what an unverified presentation says of itself (VC-DM §4.13).
type Presentation struct {
	Version  Version
	ID       string
	Types    []string
	Contexts []string
	Holder   string // the holder's identifier; empty when it names none
	// Credentials are the objects under verifiableCredential, in order: credentials with
	// their proofs, or enveloped ones. Tokens hold those that version 1.1 gives as text.
	Credentials []map[string]any
	Tokens      []string
}

// ReadPresentation returns what a presentation says and every problem found.
func ReadPresentation(tree map[string]any) (*Presentation, []Problem) {
	r := reader{tree: tree, c: &Credential{}}
	r.contexts()
	p := &Presentation{Version: r.c.Version, Contexts: r.c.Contexts}
	if id, present := tree["id"]; present {
		p.ID = r.url("/id", id)
	}
	types, ok := Texts(tree["type"])
	if !ok || !slices.Contains(types, "VerifiablePresentation") {
		r.problem("/type", "VerifiablePresentation is not among the types")
	}
	p.Types = types
	p.Holder = r.holder()
	r.presented(p)
	return p, r.problems
}

// holder reads an address, or an object with one (VC-DM §4.13).
func (r *reader) holder() string {
	v, present := r.tree["holder"]
	if !present {
		return ""
	}
	if object, ok := v.(map[string]any); ok {
		return r.url("/holder/id", object["id"])
	}
	return r.url("/holder", v)
}

func (r *reader) presented(p *Presentation) {
	v, present := r.tree["verifiableCredential"]
	if !present {
		return
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, item := range list {
		switch item := item.(type) {
		case map[string]any:
			p.Credentials = append(p.Credentials, item)
		case string:
			if p.Version == V2 {
				r.problem("/verifiableCredential", "a credential is given as text, which version 2.0 does not allow")
			}
			p.Tokens = append(p.Tokens, item)
		default:
			r.problem("/verifiableCredential", "what is presented is not an object")
		}
	}
}
