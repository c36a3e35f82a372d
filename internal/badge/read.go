package badge

import "laurel/internal/strictjson"

func text(of strictjson.Value, name string) string { return of.Member(name).Text() }

// Identities returns the identity objects of a subject (OB §B.1.9). One that says not
// whether it is hashed is left out: it could be matched in two ways.
func Identities(subject strictjson.Value) []IdentityObject {
	var out []IdentityObject
	for o := range subject.Member("identifier").Listed() {
		hashed := o.Member("hashed")
		if !hashed.Is(strictjson.Bool) {
			continue
		}
		out = append(out, IdentityObject{
			Type: text(o, "type"), Hashed: hashed.True(), IdentityHash: text(o, "identityHash"),
			IdentityType: text(o, "identityType"), Salt: text(o, "salt"),
		})
	}
	return out
}

// Achieved is one result with the name of its description.
type Achieved struct{ Name, Value string }

// Results returns the results of a subject, each with its description's name, a level by
// the level's name, a percentage with its sign (OB §B.1.17 to §B.1.19).
func Results(subject strictjson.Value) []Achieved {
	results := subject.Member("result")
	if !results.Present() {
		return nil
	}
	names, percent := map[string]string{}, map[string]bool{}
	for d := range subject.Member("achievement").Member("resultDescription").Listed() {
		names[text(d, "id")] = text(d, "name")
		percent[text(d, "id")] = text(d, "resultType") == "Percent"
		for level := range d.Member("rubricCriterionLevel").Listed() {
			names[text(level, "id")] = text(level, "name")
		}
	}
	out := make([]Achieved, 0, max(1, results.Len()))
	for r := range results.Listed() {
		if !r.Is(strictjson.Object) {
			continue
		}
		value := text(r, "value")
		if value != "" && percent[text(r, "resultDescription")] {
			value += " %"
		}
		if level := text(r, "achievedLevel"); level != "" {
			value = names[level]
		}
		if value == "" {
			value = text(r, "status")
		}
		out = append(out, Achieved{names[text(r, "resultDescription")], value})
	}
	return out
}
