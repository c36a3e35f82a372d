package badge

// objects returns the objects under a name: one, or those of a list.
func objects(of map[string]any, name string) []map[string]any {
	list, ok := of[name].([]any)
	if !ok {
		list = []any{of[name]}
	}
	var out []map[string]any
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

func text(of map[string]any, name string) string {
	s, _ := of[name].(string)
	return s
}

// Identities returns the identity objects of a subject (OB §B.1.9). One that says not
// whether it is hashed is left out: it could be matched in two ways.
func Identities(subject map[string]any) []IdentityObject {
	var out []IdentityObject
	for _, o := range objects(subject, "identifier") {
		hashed, ok := o["hashed"].(bool)
		if !ok {
			continue
		}
		out = append(out, IdentityObject{
			Type: text(o, "type"), Hashed: hashed, IdentityHash: text(o, "identityHash"),
			IdentityType: text(o, "identityType"), Salt: text(o, "salt"),
		})
	}
	return out
}

// Achieved is one result with the name of its description.
type Achieved struct{ Name, Value string }

// Results returns the results of a subject, each with its description's name, a level by
// the level's name, a percentage with its sign (OB §B.1.17 to §B.1.19).
func Results(subject map[string]any) []Achieved {
	achievement, _ := subject["achievement"].(map[string]any)
	names, percent := map[string]string{}, map[string]bool{}
	for _, d := range objects(achievement, "resultDescription") {
		names[text(d, "id")] = text(d, "name")
		percent[text(d, "id")] = text(d, "resultType") == "Percent"
		for _, level := range objects(d, "rubricCriterionLevel") {
			names[text(level, "id")] = text(level, "name")
		}
	}
	var out []Achieved
	for _, r := range objects(subject, "result") {
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
