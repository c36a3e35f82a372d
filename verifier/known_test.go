package verifier

import (
	"context"
	"reflect"
	"testing"
	"time"

	"laurel/internal/status"
)

// TestNothingHoldsBecauseItHeldBefore asks one verifier again and again while the world
// changes: each answer is the one that a verifier which never saw it before gives.
func TestNothingHoldsBecauseItHeldBefore(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	good, published := w.badge(nil), w.published[0]
	clock := now
	config := Config{Offline: true, Now: func() time.Time { return clock }, Own: func(_ context.Context, url string) ([]byte, bool) {
		body, ok := w.documents[url]
		return body, ok
	}}
	v := New(config)
	revoke := func(bits *status.Bitstring) {
		if err := bits.Set(94567, true); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		name   string
		change func()
		want   Verdict
		code   string
	}{
		{"at first", func() {}, Valid, ""},
		{"again", func() {}, Valid, ""},
		{"revoked", func() { w.publishList("revocation", revoke) }, Invalid, "status-revoked"},
		{"still revoked", func() {}, Invalid, "status-revoked"},
		{"not any more", func() { w.publishList("revocation", nil) }, Valid, ""},
		{"another's list", func() {
			other := newWorld(t, ed25519Key(t))
			w.documents[listURL] = other.documents[listURL]
		}, Invalid, "status-list-invalid"},
		{"one bit of the list changed", func() {
			w.publishList("revocation", nil)
			w.documents[listURL][200] ^= 1
		}, Invalid, "status-list-invalid"},
		{"the right list", func() { w.publishList("revocation", nil) }, Valid, ""},
		{"no list", func() { delete(w.documents, listURL) }, Indeterminate, "status-unavailable"},
		{"the list again", func() { w.publishList("revocation", nil) }, Valid, ""},
		{"the key is revoked", func() {
			at := now.Add(-time.Minute)
			w.published[0].Revoked = &at
			w.publish()
		}, Invalid, "proof-key-withdrawn"},
		{"the key is taken off", func() {
			w.published = newWorld(t, ed25519Key(t)).published
			w.publish()
		}, Invalid, "proof-key-unpublished"},
		{"the key is back", func() {
			w.published[0] = published
			w.publish()
		}, Valid, ""},
		{"the key ends in an hour", func() {
			at := now.Add(time.Hour)
			w.published[0].Revoked = &at
			w.publish()
			w.documents[didURL] = w.edit(w.documents[didURL], func(d map[string]any) { d["assertionMethod"] = []any{w.method} })
		}, Valid, ""},
		{"the key has ended", func() { clock = now.Add(time.Hour) }, Invalid, "proof-key-withdrawn"},
	} {
		step.change()
		for range 2 {
			got := v.Verify(context.Background(), Request{Input: good})
			if fresh := New(config).Verify(context.Background(), Request{Input: good}); !reflect.DeepEqual(got, fresh) {
				t.Fatalf("%s: a fresh verifier says %v, this one %v", step.name, fresh.Deciding(), got.Deciding())
			}
			if got.Verdict != step.want || step.code != "" && got.Deciding().Code != step.code {
				t.Fatalf("%s: %s %v, want %s %s", step.name, got.Verdict, got.Deciding(), step.want, step.code)
			}
		}
	}
}

// TestReading holds that the report says which way the linked data was read.
func TestReading(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	twice := w.edit(w.badge(nil), func(b map[string]any) { b["type"] = append(b["type"].([]any), "OpenBadgeCredential") })
	for want, input := range map[string][]byte{"compiled": w.badge(nil), "general": twice, "": []byte("{}")} {
		if r := w.verify(input); r.Reading != want {
			t.Errorf("read %q, want %q: %s", r.Reading, want, r.Deciding().Message)
		}
	}
}
