package federation

import (
	"reflect"
	"slices"
	"strings"

	"laurel/internal/strictjson"
)

// policies are metadata policies by entity type and parameter (OIDF §6.1).
type policies map[string]map[string]policy

// policy is what a parameter must be: values by operator. Operators that are not known are
// ignored, as the standard has it; a superior that insists says so by metadata_policy_crit,
// which is refused when the statement is read.
type policy map[string]any

const maxPolicyList = 256

func policiesOf(s *Statement) (policies, error) {
	v := s.claims.Member("metadata_policy")
	if v.Present() && !v.Is(strictjson.Object) {
		return nil, refused("metadata_policy is not an object")
	}
	all := policies{}
	for kind, parameters := range v.Members() {
		if !parameters.Is(strictjson.Object) {
			return nil, refused("the policy of %.60q is not an object", kind)
		}
		all[kind] = map[string]policy{}
		for name, operators := range parameters.Members() {
			if !operators.Is(strictjson.Object) {
				return nil, refused("the policy of %.60q is not an object", name)
			}
			p := policy(operators.Object())
			if err := p.wellFormed(); err != nil {
				return nil, err
			}
			all[kind][name] = p
		}
	}
	return all, nil
}

// wellFormed checks the types of the operators' values, and that they go together.
func (p policy) wellFormed() error {
	for _, operator := range []string{"add", "one_of", "subset_of", "superset_of"} {
		v, has := p[operator]
		list, isList := v.([]any)
		if has && (!isList || len(list) > maxPolicyList || operator == "one_of" && len(list) == 0) {
			return refused("%s in a policy is not a proper list", operator)
		}
	}
	if v, has := p["essential"]; has {
		if _, ok := v.(bool); !ok {
			return refused("essential in a policy is neither true nor false")
		}
	}
	if v, has := p["default"]; has && v == nil {
		return refused("default in a policy is null")
	}
	return p.consistent()
}

// consistent checks the combinations of operators (OIDF §6.1.3.1).
func (p policy) consistent() error {
	add, one, sub, super := p.list("add"), p.list("one_of"), p.list("subset_of"), p.list("superset_of")
	value, hasValue := p["value"]
	byDefault, hasDefault := p["default"]
	switch {
	case p.has("one_of") && (p.has("add") || p.has("subset_of") || p.has("superset_of")):
		return refused("one_of in a policy goes with no operator on lists")
	case p.has("subset_of") && !within(add, sub), p.has("subset_of") && !within(super, sub):
		return refused("a policy demands more than it allows")
	case hasValue && value == nil && (p["essential"] == true || hasDefault || p.has("add") || p.has("one_of") || p.has("superset_of") || p.has("subset_of")):
		return refused("a policy both removes and demands")
	}
	for _, set := range []struct {
		v   any
		has bool
	}{{value, hasValue && value != nil}, {byDefault, hasDefault}} {
		if !set.has {
			continue
		}
		items := listOf(set.v)
		switch {
		case p.has("one_of") && !contains(one, set.v),
			p.has("subset_of") && !within(items, sub),
			p.has("superset_of") && !within(super, items):
			return refused("a policy sets what it does not allow")
		}
	}
	if hasValue && p.has("add") && !within(add, listOf(value)) {
		return refused("a policy adds to what it sets")
	}
	return nil
}

func (p policy) has(operator string) bool { _, has := p[operator]; return has }

func (p policy) list(operator string) []any { list, _ := p[operator].([]any); return list }

// listOf is a value as a list: the texts of a scope are parted by blanks.
func listOf(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case string:
		var all []any
		for _, word := range strings.Fields(v) {
			all = append(all, word)
		}
		return all
	case nil:
		return nil
	}
	return []any{v}
}

func contains(list []any, v any) bool {
	return slices.ContainsFunc(list, func(other any) bool { return reflect.DeepEqual(v, other) })
}

func within(part, whole []any) bool {
	return !slices.ContainsFunc(part, func(v any) bool { return !contains(whole, v) })
}

func union(a, b []any) []any {
	all := slices.Clone(a)
	for _, v := range b {
		if !contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

func intersection(a, b []any) []any {
	all := []any{}
	for _, v := range a {
		if contains(b, v) {
			all = append(all, v)
		}
	}
	return all
}

// merge adds the policies of a subordinate to those of its superiors, which they can only
// narrow (OIDF §6.1.3.1, §6.1.4.1).
func (superior policies) merge(subordinate policies) error {
	for kind, parameters := range subordinate {
		if superior[kind] == nil {
			superior[kind] = map[string]policy{}
		}
		for name, p := range parameters {
			if superior[kind][name] == nil {
				superior[kind][name] = p
				continue
			}
			merged, err := superior[kind][name].merged(p)
			if err != nil {
				return err
			}
			superior[kind][name] = merged
		}
	}
	return nil
}

func (p policy) merged(below policy) (policy, error) {
	all := policy{}
	for operator, v := range p {
		all[operator] = v
	}
	for operator, v := range below {
		mine, has := all[operator]
		if !has {
			all[operator] = v
			continue
		}
		switch operator {
		case "value", "default":
			if !reflect.DeepEqual(mine, v) {
				return nil, refused("two policies set different values")
			}
		case "add", "superset_of":
			all[operator] = union(p.list(operator), below.list(operator))
		case "one_of", "subset_of":
			both := intersection(p.list(operator), below.list(operator))
			if operator == "one_of" && len(both) == 0 {
				return nil, refused("two policies leave no value")
			}
			all[operator] = both
		case "essential":
			all[operator] = mine == true || v == true
		}
	}
	return all, all.wellFormed()
}

// apply changes metadata by the policies, or refuses them (OIDF §6.1.4.2).
func (all policies) apply(metadata map[string]map[string]any) error {
	for kind, parameters := range all {
		members := metadata[kind]
		if members == nil {
			continue
		}
		for name, p := range parameters {
			v, has := members[name]
			_, isText := v.(string)
			asWords := name == "scope" && (isText || !has)
			out, err := p.applied(name, v, has)
			switch {
			case err != nil:
				return err
			case out == nil:
				delete(members, name)
			case asWords:
				members[name] = joined(out)
			default:
				members[name] = out
			}
		}
	}
	return nil
}

// joined writes the words of a scope as one text.
func joined(v any) any {
	list, isList := v.([]any)
	if !isList {
		return v
	}
	var words []string
	for _, word := range list {
		text, ok := word.(string)
		if !ok {
			return v
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// applied is what becomes of one parameter; nil: it is not there. The operators come in the
// order of the standard.
func (p policy) applied(name string, v any, has bool) (any, error) {
	if set, fixed := p["value"]; fixed {
		v, has = set, set != nil
	}
	lists := p.has("add") || p.has("subset_of") || p.has("superset_of")
	if _, isList := v.([]any); has && lists && !isList {
		if _, isText := v.(string); !isText || name != "scope" {
			return nil, refused("%.60q is not a list", name)
		}
		v = listOf(v)
	}
	if add := p.list("add"); p.has("add") {
		v, has = union(listOf(v), add), true
	}
	if byDefault, set := p["default"]; set && !has {
		v, has = byDefault, true
	}
	if one := p.list("one_of"); p.has("one_of") && has && !contains(one, v) {
		return nil, refused("%.60q is none of what a policy allows", name)
	}
	if sub := p.list("subset_of"); p.has("subset_of") && has {
		left := intersection(listOf(v), sub)
		v, has = left, len(left) > 0
	}
	if super := p.list("superset_of"); p.has("superset_of") && has && !within(super, listOf(v)) {
		return nil, refused("%.60q lacks what a policy demands", name)
	}
	if p["essential"] == true && !has {
		return nil, refused("%.60q is not there and is essential", name)
	}
	if !has {
		return nil, nil
	}
	return v, nil
}
