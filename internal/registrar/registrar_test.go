package registrar

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/follow"
	"laurel/internal/repository"
	"laurel/internal/translog"
	"laurel/keys"
	"laurel/registry"
)

const (
	origin  = "registry.example/obtr"
	college = "did:web:badges.college.example"
	entity  = registry.EntityPrefix + "college"
)

var begin = time.Date(2026, 5, 20, 9, 0, 0, 0, time.UTC)

// world is a registry with those who run it, and one who follows it.
type world struct {
	t        *testing.T
	dir      string
	book     *Book
	officers [3]crypto.Signer // each holds the overlay and the bindings
	roots    [3]crypto.Signer
	online   Online
	key      crypto.Signer // of the college
	now      time.Time
	follower *follow.Follower
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(signers ...crypto.Signer) (all []crypto.PublicKey) {
	for _, s := range signers {
		all = append(all, s.Public())
	}
	return all
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), key: newKey(t), now: begin}
	for i := range 3 {
		w.officers[i], w.roots[i] = newKey(t), newKey(t)
	}
	w.online = Online{Mirror: newKey(t), Snapshot: newKey(t), Timestamp: newKey(t), Log: newKey(t)}
	log, err := translog.LogKey(origin, w.online.Log.Public())
	w.ok(err)
	root := repository.Root{
		Log: translog.Policy{Origin: origin, Key: log},
		Roles: map[string]repository.Role{
			"root": {Keys: public(w.roots[:]...), Threshold: 2}, "overlay": {Keys: public(w.officers[:]...), Threshold: 2},
			"bindings": {Keys: public(w.officers[:]...), Threshold: 2}, "mirror": {Keys: public(w.online.Mirror), Threshold: 1},
			"snapshot": {Keys: public(w.online.Snapshot), Threshold: 1}, "timestamp": {Keys: public(w.online.Timestamp), Threshold: 1},
		},
	}
	config := Config{Origin: origin, BaseURL: "https://registry.example", Name: "Sample Registry", Policy: "eqar-covered/v1"}
	w.book, err = Init(filepath.Join(w.dir, "book"), config, root, w.now)
	w.ok(err)
	t.Cleanup(func() { w.book.Close() })
	for _, key := range w.roots[:2] {
		_, err := w.book.SignStaged(key)
		w.ok(err)
	}
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) event(kind registry.EventType, change func(*registry.Event)) *registry.Event {
	e := &registry.Event{Type: kind, Entity: entity, Reason: "test", EffectiveFrom: w.now, Recorded: w.now}
	if change != nil {
		change(e)
	}
	return e
}

// decide proposes an event and approves it as often as is needed.
func (w *world) decide(e *registry.Event) {
	w.t.Helper()
	accepted, err := w.book.Propose(e, w.officers[0])
	w.ok(err)
	if !accepted {
		accepted, err = w.book.Approve(e.ID, w.officers[1])
		w.ok(err)
	}
	if !accepted {
		w.t.Fatal("not accepted:", e.Type)
	}
}

// list makes the events that list the college.
func (w *world) list() {
	w.t.Helper()
	thumbprint, err := keys.Thumbprint(w.key.Public())
	w.ok(err)
	w.decide(w.event(registry.EventAmend, func(e *registry.Event) {
		e.Profile = &registry.Profile{Names: []registry.Name{{Text: "Sample College", Kind: "english"}}, Countries: []string{"ES"}}
	}))
	w.decide(w.event(registry.EventGrant, func(e *registry.Event) {
		period, err := registry.Days("2026-01-01", "2030-12-31")
		w.ok(err)
		e.Grant = &registry.Grant{Period: period, Scope: registry.Scope{Awards: []string{registry.Microcredential}, Levels: []int{4}}}
	}))
	w.decide(w.event(registry.EventBindingAdd, func(e *registry.Event) {
		e.Binding = &registry.Binding{
			DID: college, Keys: []registry.PinnedKey{{Thumbprint: thumbprint}}, Period: registry.Period{From: begin.AddDate(-1, 0, 0)},
			Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns"}, {Strength: registry.Registered, Kind: "challenge"}},
		}
	}))
}

// publish signs what is staged as two officers, and publishes.
func (w *world) publish() *repository.State {
	w.t.Helper()
	_, err := w.book.Stage(w.now)
	w.ok(err)
	for _, key := range w.officers[1:] {
		_, err := w.book.SignStaged(key)
		w.ok(err)
	}
	state, err := w.book.Publish(context.Background(), w.online, w.now)
	w.ok(err)
	return state
}

// asked renews the follower's copy and asks it about a badge of today.
func (w *world) asked() registry.Decision {
	w.t.Helper()
	root, err := os.ReadFile(filepath.Join(w.book.Public(), "1.root.json"))
	w.ok(err)
	if w.follower == nil {
		w.follower, err = follow.Open(filepath.Join(w.dir, "copy"), root)
		w.ok(err)
	}
	w.ok(w.follower.Renew(context.Background(), repository.Folder(w.book.Public()), repository.Options{Now: w.now, Mirror: true}))
	thumbprint, err := keys.Thumbprint(w.key.Public())
	w.ok(err)
	return w.follower.Source().Snapshot.Decide(registry.Query{
		Issuer: college, Keys: []string{thumbprint}, Award: registry.Microcredential, Level: 4, IssuedAt: w.now, Now: w.now,
	})
}

// TestRegistry runs a registry from its first root to a suspension, as a client sees it.
func TestRegistry(t *testing.T) {
	w := newWorld(t)
	w.publish()
	if d := w.asked(); d.Summary != registry.NotListed {
		t.Fatal(d.Summary)
	}
	w.list()
	w.publish()
	d := w.asked()
	if d.Summary != registry.Trusted || d.Entry.Name() != "Sample College" || d.Snapshot.Version != 2 || d.Snapshot.Name != origin {
		t.Fatal(d.Summary, d.Snapshot.Meta)
	}
	w.now = w.now.Add(time.Hour)
	w.decide(w.event(registry.EventSuspend, nil))
	w.publish()
	w.now = w.now.Add(time.Hour)
	if d := w.asked(); d.Summary != registry.Suspended {
		t.Fatal(d.Summary)
	}
	state, err := w.follower.State()
	w.ok(err)
	w.ok(Audit(context.Background(), filepath.Join(w.dir, "copy", "public"), state))
	events, err := w.book.Events()
	w.ok(err)
	if len(events) != 4 || len(events[1].Signers) != 2 {
		t.Errorf("%d events", len(events))
	}
	left, err := os.ReadDir(filepath.Join(w.book.dir, "accepted"))
	w.ok(err)
	if len(left) != 0 {
		t.Error("what stands in the log still waits for it:", left)
	}
}

// TestTwoPeople: what is grave needs two different people, and nobody decides beside their
// role.
func TestTwoPeople(t *testing.T) {
	w := newWorld(t)
	w.publish()
	e := w.event(registry.EventBlacklist, func(e *registry.Event) {
		e.Review, e.Appeal, e.Blocked = "2026-12-01", "mailto:appeals@registry.example", []string{"did:web:mill.example"}
	})
	accepted, err := w.book.Propose(e, w.officers[0])
	if accepted || err != nil {
		t.Fatal(accepted, err)
	}
	if _, err := w.book.Approve(e.ID, w.officers[0]); err == nil {
		t.Error("one person signed twice")
	}
	if _, err := w.book.Approve(e.ID, w.roots[0]); !errors.Is(err, ErrNotYours) {
		t.Error("a holder of another role approves:", err)
	}
	proposals, err := w.book.Proposals()
	w.ok(err)
	if len(proposals) != 1 || len(proposals[0].Signers) != 1 || proposals[0].Need != 2 || proposals[0].Fault != "" {
		t.Fatalf("%+v", proposals)
	}
	w.publish()
	if d := w.asked(); d.Summary != registry.NotListed {
		t.Error("one person blacklists:", d.Summary)
	}
	if accepted, err := w.book.Approve(e.ID, w.officers[2]); !accepted || err != nil {
		t.Fatal(accepted, err)
	}
	if _, err := w.book.Approve(e.ID, w.officers[1]); !errors.Is(err, ErrNoEvent) {
		t.Error(err)
	}
	again := w.event(registry.EventBlacklist, func(n *registry.Event) { n.Review, n.Appeal = e.Review, e.Appeal })
	if _, err := w.book.Propose(again, w.officers[0]); err == nil {
		t.Error("blacklisted twice")
	}
}

// TestWaiting: without the officers' signatures the old version stays, with a fresh timestamp.
func TestWaiting(t *testing.T) {
	w := newWorld(t)
	w.publish()
	w.list()
	w.now = w.now.Add(30 * time.Hour)
	_, err := w.book.Publish(context.Background(), w.online, w.now)
	var waiting *WaitingError
	if !errors.As(err, &waiting) || len(waiting.Pending) != 2 {
		t.Fatal(err)
	}
	d := w.asked()
	if d.Summary != registry.NotListed || d.Snapshot.Version != 1 || d.Age != registry.Fresh {
		t.Errorf("%s %+v", d.Summary, d.Snapshot.Meta)
	}
	w.publish()
	if d := w.asked(); d.Summary != registry.Trusted {
		t.Error(d.Summary)
	}
}

// TestReopened: the folder says the same to the next process.
func TestReopened(t *testing.T) {
	w := newWorld(t)
	w.publish()
	w.list()
	before, err := w.book.Content(registry.Bindings)
	w.ok(err)
	w.ok(w.book.Close())
	w.book, err = Open(filepath.Join(w.dir, "book"), Facts{})
	w.ok(err)
	after, err := w.book.Content(registry.Bindings)
	w.ok(err)
	if string(before) != string(after) || len(after) == 0 {
		t.Errorf("%s\n%s", before, after)
	}
	if _, err := Open(filepath.Join(w.dir, "book"), Facts{}); err == nil {
		t.Error("two processes have the folder")
	}
	if _, err := Open(t.TempDir(), Facts{}); !errors.Is(err, ErrNoBook) {
		t.Error(err)
	}
}

// TestNothingElseInTheLog: an event that too few people signed, put into the log by whoever has
// the log's key, is found.
func TestNothingElseInTheLog(t *testing.T) {
	w := newWorld(t)
	w.publish()
	w.list()
	w.publish()
	e := w.event(registry.EventRevoke, nil)
	_, err := w.book.Propose(e, w.officers[0])
	w.ok(err)
	document, err := os.ReadFile(w.book.proposalPath(e.ID))
	w.ok(err)
	log, err := translog.OpenWriter(w.book.Public(), origin, w.online.Log)
	w.ok(err)
	_, _, err = log.Append(document)
	w.ok(err)
	w.ok(log.Close())
	if _, err := w.book.Events(); err == nil {
		t.Error("an event with one signature of two counts")
	}
	state, err := w.follower2()
	w.ok(err)
	if err := Audit(context.Background(), w.book.Public(), state); err == nil {
		t.Error("the audit finds nothing")
	}
}

// follower2 opens what is published as a copy of its own.
func (w *world) follower2() (*repository.State, error) {
	root, err := os.ReadFile(filepath.Join(w.book.Public(), "1.root.json"))
	w.ok(err)
	f, err := follow.Open(filepath.Join(w.dir, "other"), root)
	w.ok(err)
	w.ok(f.Renew(context.Background(), repository.Folder(w.book.Public()), repository.Options{Now: w.now}))
	return f.State()
}

func TestDrawAndReport(t *testing.T) {
	w := newWorld(t)
	w.publish()
	w.list()
	w.publish()
	first, err := Seed(context.Background(), w.book.Public(), "2026-06")
	w.ok(err)
	if _, err := Seed(context.Background(), w.book.Public(), "2026-05"); err == nil || !strings.Contains(err.Error(), "nothing was published") {
		t.Error(err)
	}
	w.now = time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)
	w.decide(w.event(registry.EventSuspend, nil))
	w.publish()
	again, err := Seed(context.Background(), w.book.Public(), "2026-06")
	w.ok(err)
	if first != again || first == (translog.Hash{}) {
		t.Error("what happened in June changes what was drawn at its begin")
	}
	if later, err := Seed(context.Background(), w.book.Public(), "2026-07"); err != nil || later == first {
		t.Error(later, err)
	}
	if drawn := registry.Draw([sha256.Size]byte(first), "2026-06", []string{entity}, 3); !slices.Equal(drawn, []string{entity}) {
		t.Error(drawn)
	}
	m, err := Monthly(context.Background(), w.book.Public(), "2026-06")
	w.ok(err)
	if m.Events != 1 || m.Suspended != 1 || m.Granted != 1 {
		t.Errorf("%+v", m)
	}
}
