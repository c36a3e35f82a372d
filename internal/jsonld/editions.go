package jsonld

import (
	"slices"
	"sync"

	"laurel/internal/strictjson"
	"laurel/schemas"
)

// EditionsDiffer reports whether a document says anything under a name that a context defines
// in one of its editions and not, or otherwise, in the other. If it does not, both processors
// read the same statements: editions differ in names, not in what a context says of all of
// them, which a test holds.
func EditionsDiffer(document strictjson.Value) bool { return mentions(document, edited()) }

func mentions(v strictjson.Value, names map[string]bool) bool {
	if text, ok := v.IsText(); ok && names[text] {
		return true
	}
	for inner := v.First(); inner.Present(); inner = inner.Next() {
		if !v.Hides(inner) && (names[inner.Name()] || mentions(inner, names)) {
			return true
		}
	}
	return false
}

// edited are the names that a context's editions define differently, at any place.
var edited = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, now := range schemas.Contexts() {
		before, ok := schemas.OlderEdition(now.URL)
		if !ok {
			continue
		}
		newer, older := map[string][]strictjson.Value{}, map[string][]strictjson.Value{}
		definitions(parsed(now).Member("@context"), newer)
		definitions(parsed(before).Member("@context"), older)
		for _, pair := range [...][2]map[string][]strictjson.Value{{newer, older}, {older, newer}} {
			for name, here := range pair[0] {
				if !slices.EqualFunc(here, pair[1][name], strictjson.Value.Equal) {
					names[name] = true
				}
			}
		}
	}
	return names
})

// definitions notes all that a context says under each name, at any depth and in its order.
func definitions(context strictjson.Value, by map[string][]strictjson.Value) {
	for item := range context.Listed() {
		for name, member := range item.Members() {
			by[name] = append(by[name], member.Without("@context"))
			definitions(member.Member("@context"), by)
		}
	}
}
