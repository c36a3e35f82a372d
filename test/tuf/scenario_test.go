// Package tuf plays the same scenario against the client of a registry and against go-tuf, an
// independent client of The Update Framework, and demands that they agree. It is a module of
// its own, so that Laurel does not depend on what only this comparison needs.
package tuf

import (
	"crypto/ed25519"
	"crypto/sha256"
	"maps"
	"slices"
	"time"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const (
	hour = time.Hour
	day  = 24 * hour
)

// document is what every signed document has.
type document struct {
	version int64
	expires time.Duration // after noon
	signers []string      // names of keys
	broken  []string      // names of keys whose signature is not right
}

type role struct {
	threshold int
	keys      []string
}

type root struct {
	document
	roles map[string]role // root, timestamp, snapshot, targets
}

// world is what a repository serves, in terms of both formats. The one shard is called
// targets.
type world struct {
	roots     []root // the first is trusted from the beginning
	timestamp document
	snapshot  document
	shard     document
	content   string

	listsSnapshot int64 // by the timestamp
	listsShard    int64 // by the snapshot

	wrongSnapshotDigest, wrongShardDigest, wrongContent, shortContent, longContent bool
	noShard, extraShard                                                            bool
}

// key is the key with a name.
func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// base is a sound world in its nth version.
func base(n int64) world {
	return world{
		roots: []root{{document{1, 300 * day, []string{"r1", "r2"}, nil}, map[string]role{
			"root": {2, []string{"r1", "r2", "r3"}}, "timestamp": {1, []string{"t1"}}, "snapshot": {1, []string{"s1"}}, "targets": {2, []string{"o1", "o2", "o3"}},
		}}},
		timestamp:     document{n, day, []string{"t1"}, nil},
		snapshot:      document{n, 7 * day, []string{"s1"}, nil},
		shard:         document{n, 90 * day, []string{"o1", "o2"}, nil},
		content:       string(rune('a' + n)),
		listsSnapshot: n,
		listsShard:    n,
	}
}

// next adds a root that follows the last one, changed.
func (w *world) next(change func(*root)) {
	last := w.roots[len(w.roots)-1]
	r := root{last.document, maps.Clone(last.roles)}
	r.version++
	r.signers = slices.Clone(r.signers)
	change(&r)
	w.roots = append(w.roots, r)
}

// scenario: a client accepts the first world at noon, and is offered the second, which is the
// next version but for a change.
type scenario struct {
	name   string
	change func(*world)
	at     time.Duration // when it is offered, after noon
	accept bool
}

func holders(r *root, name string, threshold int, keys ...string) {
	r.roles[name] = role{threshold, keys}
}

var scenarios = []scenario{
	{"the next version", func(*world) {}, hour, true},
	{"the same again", func(w *world) { *w = base(5) }, hour, true},
	{"some versions later", func(w *world) { *w = base(12) }, hour, true},
	{"only a new timestamp", func(w *world) { *w = base(5); w.timestamp.version = 6 }, hour, true},
	{"only a new snapshot", func(w *world) {
		*w = base(5)
		w.timestamp.version, w.snapshot.version, w.listsSnapshot = 6, 6, 6
	}, hour, true},
	{"the timestamp falls", func(w *world) { w.timestamp.version = 4 }, hour, false},
	{"the snapshot's listed version falls", func(w *world) { w.snapshot.version, w.listsSnapshot = 4, 4 }, hour, false},
	{"the shard's listed version falls", func(w *world) { w.shard.version, w.listsShard = 4, 4 }, hour, false},
	{"the snapshot is not the version listed", func(w *world) { w.listsSnapshot = 7 }, hour, false},
	{"the snapshot is of a higher version than listed", func(w *world) { w.snapshot.version = 7 }, hour, false},
	{"the shard is not the version listed", func(w *world) { w.listsShard = 7 }, hour, false},
	{"the shard is of a higher version than listed", func(w *world) { w.shard.version = 7 }, hour, false},
	{"the snapshot has another digest", func(w *world) { w.wrongSnapshotDigest = true }, hour, false},
	{"the shard has another digest", func(w *world) { w.wrongShardDigest = true }, hour, false},
	{"the content is another", func(w *world) { w.wrongContent = true }, hour, false},
	{"the content is cut", func(w *world) { w.shortContent = true }, hour, false},
	{"the content is longer", func(w *world) { w.longContent = true }, hour, false},
	{"the shard vanishes", func(w *world) { w.noShard = true }, hour, false},
	{"the timestamp is expired", func(w *world) { w.timestamp.expires = hour }, 2 * hour, false},
	{"the timestamp expires in a second", func(w *world) { w.timestamp.expires = hour + time.Second }, hour, true},
	{"the snapshot is expired", func(w *world) { w.snapshot.expires = hour }, 2 * hour, false},
	{"the shard is expired", func(w *world) { w.shard.expires = hour }, 2 * hour, false},
	{"the root is expired", func(w *world) { w.next(func(r *root) { r.expires = hour }) }, 2 * hour, false},
	{"an expired root is followed by another", func(w *world) {
		w.next(func(r *root) { r.expires = hour })
		w.next(func(r *root) { r.expires = day })
	}, 2 * hour, true},
	{"frozen until the timestamp expires", func(w *world) { *w = base(5) }, 2 * day, false},
	{"frozen until the root expires", func(w *world) { *w = base(5) }, 301 * day, false},
	{"the timestamp is unsigned", func(w *world) { w.timestamp.signers = nil }, hour, false},
	{"the timestamp is signed by the snapshot's key", func(w *world) { w.timestamp.signers = []string{"s1"} }, hour, false},
	{"the snapshot is unsigned", func(w *world) { w.snapshot.signers = nil }, hour, false},
	{"the snapshot is signed by the timestamp's key", func(w *world) { w.snapshot.signers = []string{"t1"} }, hour, false},
	{"the snapshot is signed by the root's keys", func(w *world) { w.snapshot.signers = []string{"r1", "r2"} }, hour, false},
	{"the shard is signed by one of two", func(w *world) { w.shard.signers = []string{"o1"} }, hour, false},
	{"the shard is signed by one of two and a stranger", func(w *world) { w.shard.signers = []string{"o1", "x"} }, hour, false},
	{"the shard is signed by one of two and the online keys", func(w *world) { w.shard.signers = []string{"o1", "s1", "t1"} }, hour, false},
	{"the shard is signed by two others of three", func(w *world) { w.shard.signers = []string{"o3", "o2"} }, hour, true},
	{"the shard is signed by all and a stranger", func(w *world) { w.shard.signers = []string{"x", "o3", "o2", "o1"} }, hour, true},
	{"one signature of two is broken", func(w *world) { w.shard.broken = []string{"o2"} }, hour, false},
	{"a new root, nothing changed", func(w *world) { w.next(func(*root) {}) }, hour, true},
	{"ten new roots", func(w *world) {
		for range 10 {
			w.next(func(*root) {})
		}
	}, hour, true},
	{"root: a version is left out", func(w *world) { w.next(func(r *root) { r.version = 3 }) }, hour, false},
	{"root: the same version under the next name", func(w *world) { w.next(func(r *root) { r.version = 1 }) }, hour, false},
	{"root: signed by one", func(w *world) { w.next(func(r *root) { r.signers = []string{"r1"} }) }, hour, false},
	{"root: signed by strangers", func(w *world) { w.next(func(r *root) { r.signers = []string{"x", "y"} }) }, hour, false},
	{"root: new holders, signed by both", func(w *world) {
		w.next(func(r *root) { holders(r, "root", 2, "n1", "n2"); r.signers = []string{"r1", "r2", "n1", "n2"} })
	}, hour, true},
	{"root: new holders, signed by the old", func(w *world) { w.next(func(r *root) { holders(r, "root", 2, "n1", "n2") }) }, hour, false},
	{"root: new holders, signed by the new", func(w *world) {
		w.next(func(r *root) { holders(r, "root", 2, "n1", "n2"); r.signers = []string{"n1", "n2"} })
	}, hour, false},
	{"root: new holders, signed by one old and the new", func(w *world) {
		w.next(func(r *root) { holders(r, "root", 2, "n1", "n2"); r.signers = []string{"r1", "n1", "n2"} })
	}, hour, false},
	{"root: one holder changes, and signs", func(w *world) {
		w.next(func(r *root) { holders(r, "root", 2, "r1", "r2", "n3"); r.signers = []string{"r1", "r2"} })
	}, hour, true},
	{"root: a chain of holders", func(w *world) {
		w.next(func(r *root) { holders(r, "root", 1, "n1"); r.signers = []string{"r1", "r2", "n1"} })
		w.next(func(r *root) { holders(r, "root", 1, "n2"); r.signers = []string{"n1", "n2"} })
		w.next(func(r *root) { r.signers = []string{"n2"} })
	}, hour, true},
	{"root: a chain that is broken", func(w *world) {
		w.next(func(r *root) { holders(r, "root", 1, "n1"); r.signers = []string{"r1", "r2", "n1"} })
		w.next(func(r *root) { r.signers = []string{"r1", "r2"} })
	}, hour, false},
	{"root: a higher threshold that is not met by the old signatures", func(w *world) {
		w.next(func(r *root) { holders(r, "root", 3, "r1", "r2", "r3") })
	}, hour, false},
	{"root: the timestamp's key is replaced", func(w *world) {
		w.next(func(r *root) { holders(r, "timestamp", 1, "t2") })
		w.timestamp.signers = []string{"t2"}
	}, hour, true},
	{"root: the timestamp's key is replaced, and signs still", func(w *world) {
		w.next(func(r *root) { holders(r, "timestamp", 1, "t2") })
	}, hour, false},
	{"root: the timestamp's key is replaced, and its version falls", func(w *world) {
		w.next(func(r *root) { holders(r, "timestamp", 1, "t2") })
		w.timestamp = document{1, day, []string{"t2"}, nil}
	}, hour, true},
	{"root: the snapshot's key is replaced", func(w *world) {
		w.next(func(r *root) { holders(r, "snapshot", 1, "s2") })
		w.snapshot.signers = []string{"s2"}
	}, hour, true},
	{"root: the snapshot's key is replaced, and signs still", func(w *world) {
		w.next(func(r *root) { holders(r, "snapshot", 1, "s2") })
	}, hour, false},
	{"root: the online keys are replaced, and their versions fall", func(w *world) {
		w.next(func(r *root) { holders(r, "snapshot", 1, "s2"); holders(r, "timestamp", 1, "t2") })
		w.timestamp = document{1, day, []string{"t2"}, nil}
		w.snapshot = document{1, 7 * day, []string{"s2"}, nil}
		w.listsSnapshot = 1
	}, hour, true},
	{"root: the shard's keys are replaced", func(w *world) {
		w.next(func(r *root) { holders(r, "targets", 1, "p1") })
		w.shard.signers = []string{"p1"}
	}, hour, true},
	{"root: the shard's threshold rises", func(w *world) {
		w.next(func(r *root) { holders(r, "targets", 3, "o1", "o2", "o3") })
	}, hour, false},
	{"root: a shard's key is lost, the others signed too", func(w *world) {
		w.shard.signers = []string{"o1", "o2", "o3"}
		w.next(func(r *root) { holders(r, "targets", 2, "o1", "o2") })
	}, hour, true},
}

// difference is where the clients are not of one mind, and why.
type difference struct {
	scenario
	theirs bool
	reason string
}

var differences = []difference{
	{scenario{"root: the snapshot's key is replaced, and its version falls", func(w *world) {
		w.next(func(r *root) { holders(r, "snapshot", 1, "s2") })
		w.snapshot, w.listsSnapshot = document{2, 7 * day, []string{"s2"}, nil}, 2
	}, hour, true}, false,
		"TUF §5.3.11 forgets the timestamp too when the snapshot's keys change; go-tuf holds on to the version that it lists"},
	{scenario{"root: the online keys are replaced, and the shard's version falls", func(w *world) {
		w.next(func(r *root) { holders(r, "snapshot", 1, "s2"); holders(r, "timestamp", 1, "t2") })
		w.timestamp.signers, w.snapshot.signers = []string{"t2"}, []string{"s2"}
		w.shard.version, w.listsShard = 4, 4
	}, hour, false}, true,
		"TUF forgets what the snapshot listed; we also remember what the shard's own role signed, which the online keys could not raise"},
	{scenario{"the same shard version, saying something else", func(w *world) { w.shard.version, w.listsShard = 5, 5 }, hour, false}, true,
		"TUF compares versions only"},
	{scenario{"the same snapshot version, saying something else", func(w *world) { w.snapshot.version, w.listsSnapshot = 5, 5 }, hour, false}, true,
		"TUF compares versions only, and go-tuf keeps its old snapshot"},
	{scenario{"the timestamp expires this moment", func(w *world) { w.timestamp.expires = hour }, hour, false}, true,
		"TUF §5.4.4 wants the expiry to be later than the start of the update; go-tuf takes the very moment too"},
	{scenario{"the same timestamp version, saying something else", func(w *world) { w.timestamp.version = 5 }, hour, false}, true,
		"go-tuf keeps its old timestamp in silence; we call it what it is: two documents of one version"},
	{scenario{"a broken signature beside enough good ones", func(w *world) { w.shard.signers = []string{"o1", "o2", "o3"}; w.shard.broken = []string{"o3"} }, hour, false}, true,
		"TUF counts the good ones; a signature that names a key of the role and is not its own condemns our documents, so that no bit of one can be changed"},
	{scenario{"a timestamp for ten years", func(w *world) { w.timestamp.expires = 3650 * day }, hour, false}, true,
		"TUF leaves lifetimes to the signer; we bound them, since a thief of an online key is the signer"},
	{scenario{"a shard that the root does not name", func(w *world) { w.extraShard = true }, hour, false}, true,
		"TUF finds delegated roles in targets; our root names every shard"},
	{scenario{"an online key holds another role too", func(w *world) {
		w.next(func(r *root) { holders(r, "targets", 2, "o1", "o2", "s1") })
	}, hour, false}, true,
		"TUF advises to keep them apart; we demand it"},
}
