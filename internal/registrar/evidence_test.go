package registrar

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/follow"
	"laurel/internal/repository"
	"laurel/registry"
)

// TestEvidence shows one entry of a version to whoever trusts the root, and refuses evidence from
// which something was taken or in which something was put.
func TestEvidence(t *testing.T) {
	w := newWorld(t)
	w.list()
	for _, other := range []string{"aaa", "zzz"} {
		w.decide(w.event(registry.EventAmend, func(e *registry.Event) {
			e.Entity, e.Profile = registry.EntityPrefix+other, &registry.Profile{Names: []registry.Name{{Text: "Sample " + other}}}
		}))
	}
	w.publish()
	w.asked()
	raw, err := os.ReadFile(filepath.Join(w.book.Public(), "1.root.json"))
	w.ok(err)
	root, err := repository.ReadRoot(raw)
	w.ok(err)
	before, err := w.follower.Evidence(entity)
	w.ok(err)
	s, err := follow.ReadEvidence(before, root)
	w.ok(err)
	e, err := s.Entry(entity)
	w.ok(err)
	if s.Len() != 1 || len(e.Bindings) != 1 || len(e.Grants) != 1 || s.Version != 1 || s.FreshnessAt(w.now.Add(48*time.Hour)) != registry.Stale {
		t.Errorf("%+v %+v", s.Meta, e)
	}
	for _, absent := range []string{"aa", "bbb", "zzzz"} {
		raw, err := w.follower.Evidence(registry.EntityPrefix + absent)
		w.ok(err)
		if s, err := follow.ReadEvidence(raw, root); err != nil || s.Len() != 0 {
			t.Errorf("%s: %v", absent, err)
		}
	}
	w.decide(w.event(registry.EventSuspend, nil))
	w.publish()
	w.asked()
	after, err := w.follower.Evidence(entity)
	w.ok(err)
	for name, change := range map[string]func(e, newer map[string]any){
		"the overlay's line left out": func(e, _ map[string]any) { e["lines"] = without(e["lines"], "overlay") },
		"the bindings' left out":      func(e, _ map[string]any) { e["lines"] = without(e["lines"], "bindings") },
		"the line of before":          func(e, newer map[string]any) { newer["lines"] = e["lines"]; copyInto(e, newer) },
		"the shard of before": func(e, newer map[string]any) {
			newer["documents"].(map[string]any)["overlay"] = e["documents"].(map[string]any)["overlay"]
			newer["lines"] = e["lines"]
			copyInto(e, newer)
		},
		"another's timestamp":  func(e, newer map[string]any) { e["timestamp"] = newer["timestamp"] },
		"another's snapshot":   func(e, newer map[string]any) { e["snapshot"] = newer["snapshot"] },
		"another's place":      func(e, newer map[string]any) { e["inclusion"] = newer["inclusion"] },
		"for another entry":    func(e, _ map[string]any) { e["entity"] = registry.EntityPrefix + "zzz" },
		"for one between":      func(e, _ map[string]any) { e["entity"] = registry.EntityPrefix + "b" },
		"a changed line":       func(e, _ map[string]any) { e["lines"] = replaced(e["lines"], "microcredential", "degree") },
		"no lines":             func(e, _ map[string]any) { e["lines"] = []any{} },
		"no documents":         func(e, _ map[string]any) { e["documents"] = map[string]any{} },
		"a list for the whole": func(e, _ map[string]any) { e["lines"] = "" },
	} {
		var old, newer map[string]any
		w.ok(errors.Join(json.Unmarshal(before, &old), json.Unmarshal(after, &newer)))
		change(old, newer)
		raw, err := json.Marshal(old)
		w.ok(err)
		if _, err := follow.ReadEvidence(raw, root); !errors.Is(err, follow.ErrEvidence) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stranger := newWorld(t)
	stranger.publish()
	raw, err = os.ReadFile(filepath.Join(stranger.book.Public(), "1.root.json"))
	w.ok(err)
	other, err := repository.ReadRoot(raw)
	w.ok(err)
	if _, err := follow.ReadEvidence(before, other); err == nil {
		t.Error("the root of another registry shows it")
	}
}

func without(lines any, shard string) (left []any) {
	for _, l := range lines.([]any) {
		if l.(map[string]any)["shard"] != shard {
			left = append(left, l)
		}
	}
	return left
}

func replaced(lines any, from, to string) any {
	for _, l := range lines.([]any) {
		m := l.(map[string]any)
		m["line"] = strings.ReplaceAll(m["line"].(string), from, to)
	}
	return lines
}

func copyInto(e, other map[string]any) {
	for name, v := range other {
		e[name] = v
	}
}

func FuzzEvidence(f *testing.F) {
	f.Add([]byte(`{"entity":"urn:obtr:ent:x","roots":[],"timestamp":"","snapshot":"","inclusion":{},"lines":[],"documents":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := follow.ReadEvidence(raw, &repository.Root{}); err == nil {
			t.Fatal("nobody's root shows something")
		}
	})
}
