package federation

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"laurel/internal/strictjson"
)

func tree(t testing.TB, text string) map[string]any {
	t.Helper()
	v, err := strictjson.ParseObject([]byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(text, err)
	}
	return v
}

// TestOperators applies one policy to one parameter; nothing: it is not there.
func TestOperators(t *testing.T) {
	for _, c := range []struct{ policy, before, after string }{
		{`{"value":true}`, `{}`, `{"p":true}`},
		{`{"value":true}`, `{"p":false}`, `{"p":true}`},
		{`{"value":null}`, `{"p":"x"}`, `{}`},
		{`{"add":["b"]}`, `{"p":["a"]}`, `{"p":["a","b"]}`},
		{`{"add":["a"]}`, `{"p":["a"]}`, `{"p":["a"]}`},
		{`{"add":["a"]}`, `{}`, `{"p":["a"]}`},
		{`{"add":["a"]}`, `{"p":"x"}`, `refused`},
		{`{"default":"x"}`, `{}`, `{"p":"x"}`},
		{`{"default":"x"}`, `{"p":"y"}`, `{"p":"y"}`},
		{`{"one_of":["a","b"]}`, `{"p":"b"}`, `{"p":"b"}`},
		{`{"one_of":["a","b"]}`, `{"p":"c"}`, `refused`},
		{`{"one_of":["a","b"]}`, `{}`, `{}`},
		{`{"one_of":["a"],"essential":true}`, `{}`, `refused`},
		{`{"subset_of":["a","b"]}`, `{"p":["b","c"]}`, `{"p":["b"]}`},
		{`{"subset_of":["a","b"]}`, `{"p":["c"]}`, `{}`},
		{`{"subset_of":["a","b"],"essential":true}`, `{"p":["c"]}`, `refused`},
		{`{"subset_of":["a"]}`, `{"p":"a"}`, `refused`},
		{`{"superset_of":["a"]}`, `{"p":["a","b"]}`, `{"p":["a","b"]}`},
		{`{"superset_of":["a"]}`, `{"p":["b"]}`, `refused`},
		{`{"superset_of":["a"]}`, `{}`, `{}`},
		{`{"essential":true}`, `{"p":0}`, `{"p":0}`},
		{`{"essential":true}`, `{}`, `refused`},
		{`{"essential":false}`, `{}`, `{}`},
		{`{"add":["c"],"default":["c"],"subset_of":["a","c"],"superset_of":["c"],"essential":true}`, `{"p":["b"]}`, `{"p":["c"]}`},
		{`{"x-unknown":1}`, `{"p":1}`, `{"p":1}`},
	} {
		checkPolicy(t, "p", c.policy, c.before, c.after)
	}
	checkPolicy(t, "scope", `{"subset_of":["openid","email"]}`, `{"scope":"openid phone email"}`, `{"scope":"openid email"}`)
	checkPolicy(t, "scope", `{"superset_of":["openid"]}`, `{"scope":"email"}`, `refused`)
	checkPolicy(t, "scope", `{"add":["openid"]}`, `{}`, `{"scope":"openid"}`)
	checkPolicy(t, "scope", `{"default":"openid"}`, `{}`, `{"scope":"openid"}`)
}

func checkPolicy(t *testing.T, name, text, before, after string) {
	t.Helper()
	p := policy(tree(t, text))
	if err := p.wellFormed(); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	metadata := map[string]map[string]any{"x": tree(t, before)}
	err := policies{"x": {name: p}, "y": {name: {"essential": true}}}.apply(metadata)
	if after == "refused" {
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s of %s: %v", text, before, metadata["x"])
		}
		return
	}
	if err != nil || !reflect.DeepEqual(metadata["x"], tree(t, after)) {
		t.Errorf("%s of %s: %v %v", text, before, metadata["x"], err)
	}
}

// TestMerge merges a superior's policy with a subordinate's.
func TestMerge(t *testing.T) {
	for _, c := range []struct{ superior, subordinate, merged string }{
		{`{"value":1}`, `{"value":1}`, `{"value":1}`},
		{`{"value":1}`, `{"value":2}`, `refused`},
		{`{"value":["a"]}`, `{"subset_of":["a","b"]}`, `{"value":["a"],"subset_of":["a","b"]}`},
		{`{"value":["c"]}`, `{"subset_of":["a","b"]}`, `refused`},
		{`{"value":null}`, `{"essential":true}`, `refused`},
		{`{"value":null}`, `{"default":1}`, `refused`},
		{`{"value":["a"]}`, `{"add":["b"]}`, `refused`},
		{`{"add":["a"]}`, `{"add":["b"]}`, `{"add":["a","b"]}`},
		{`{"add":["a"]}`, `{"subset_of":["b"]}`, `refused`},
		{`{"default":1}`, `{"default":1}`, `{"default":1}`},
		{`{"default":1}`, `{"default":2}`, `refused`},
		{`{"default":"c"}`, `{"one_of":["a"]}`, `refused`},
		{`{"one_of":["a","b"]}`, `{"one_of":["b","c"]}`, `{"one_of":["b"]}`},
		{`{"one_of":["a"]}`, `{"one_of":["b"]}`, `refused`},
		{`{"one_of":["a"]}`, `{"subset_of":["a"]}`, `refused`},
		{`{"one_of":["a"]}`, `{"add":["a"]}`, `refused`},
		{`{"subset_of":["a","b"]}`, `{"subset_of":["b","c"]}`, `{"subset_of":["b"]}`},
		{`{"subset_of":["a"]}`, `{"subset_of":["b"]}`, `{"subset_of":[]}`},
		{`{"subset_of":["a"]}`, `{"superset_of":["b"]}`, `refused`},
		{`{"superset_of":["a"]}`, `{"superset_of":["b"]}`, `{"superset_of":["a","b"]}`},
		{`{"essential":true}`, `{"essential":false}`, `{"essential":true}`},
		{`{"essential":false}`, `{"essential":true}`, `{"essential":true}`},
	} {
		above := policies{"x": {"p": policy(tree(t, c.superior))}}
		err := above.merge(policies{"x": {"p": policy(tree(t, c.subordinate))}, "y": {"q": {"value": true}}})
		if c.merged == "refused" {
			if !errors.Is(err, ErrRefused) {
				t.Errorf("%s and %s: %v", c.superior, c.subordinate, above)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(above["x"]["p"], policy(tree(t, c.merged))) || above["y"]["q"] == nil {
			t.Errorf("%s and %s: %v %v", c.superior, c.subordinate, above, err)
		}
	}
}

func TestMalformedPolicies(t *testing.T) {
	for _, text := range []string{
		`{"add":"a"}`, `{"one_of":[]}`, `{"one_of":"a"}`, `{"subset_of":{}}`, `{"superset_of":1}`, `{"essential":1}`, `{"default":null}`,
	} {
		if err := policy(tree(t, text)).wellFormed(); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzPolicy: what a subordinate adds never widens what its superiors allow.
func FuzzPolicy(f *testing.F) {
	f.Add(`{"subset_of":["a","b"]}`, `{"add":["b"]}`, `["a","b","c"]`)
	f.Add(`{"one_of":["a"]}`, `{"default":"a"}`, `"b"`)
	f.Fuzz(func(t *testing.T, superior, subordinate, value string) {
		one, err := strictjson.ParseObject([]byte(superior), limits)
		if err != nil || policy(one).wellFormed() != nil {
			return
		}
		other, err := strictjson.ParseObject([]byte(subordinate), limits)
		v, err2 := strictjson.Parse([]byte(value), limits)
		if err != nil || err2 != nil || v == nil || policy(other).wellFormed() != nil {
			return
		}
		merged, err := policy(one).merged(other)
		if err != nil {
			return
		}
		out, err := merged.applied("p", v, true)
		if err != nil || out == nil {
			return
		}
		if sub, has := one["subset_of"].([]any); has && !within(listOf(out), sub) {
			t.Errorf("%s and %s make %v of %s", superior, subordinate, out, value)
		}
		if choice, has := one["one_of"].([]any); has && !contains(choice, out) {
			t.Errorf("%s and %s make %v of %s", superior, subordinate, out, value)
		}
		if set, has := one["value"]; has && set != nil && !reflect.DeepEqual(set, out) {
			raw, _ := json.Marshal(out)
			t.Errorf("%s and %s make %s of %s", superior, subordinate, raw, value)
		}
	})
}
