package tuf

import (
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"laurel/internal/needs"
)

func digestOf(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// client is one of the two that are compared.
type client interface {
	serve(world)
	update(time.Time) error
}

// play returns what a client says of the second world; the first it must accept.
func play(t *testing.T, c client, first, second world, at time.Duration) error {
	t.Helper()
	c.serve(first)
	if err := c.update(noon); err != nil {
		t.Fatal("the first version: ", err)
	}
	c.serve(second)
	return c.update(noon.Add(at))
}

func (s scenario) second() world {
	w := base(6)
	s.change(&w)
	return w
}

// TestScenarios: both clients say what the rules say.
func TestScenarios(t *testing.T) {
	if len(scenarios) < 40 {
		t.Error("scenarios were lost: ", len(scenarios))
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			mine := play(t, newOurs(t), base(5), s.second(), s.at)
			other := play(t, newTheirs(t), base(5), s.second(), s.at)
			if (mine == nil) != s.accept || (other == nil) != s.accept {
				t.Errorf("accept: %v\nours: %v\ntheirs: %v", s.accept, mine, other)
			}
		})
	}
}

// TestDifferences: where the clients are not of one mind, they are so for a reason.
func TestDifferences(t *testing.T) {
	for _, d := range differences {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			mine := play(t, newOurs(t), base(5), d.second(), d.at)
			other := play(t, newTheirs(t), base(5), d.second(), d.at)
			if (mine == nil) != d.accept || (other == nil) != d.theirs {
				t.Errorf("%s\nours: %v\ntheirs: %v", d.reason, mine, other)
			}
		})
	}
}

// TestCombinations: several changes at once, by chance, about which the clients must agree
// all the same.
func TestCombinations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range 60 {
		w := base(6)
		var names []string
		at := hour
		for range 2 + random.IntN(2) {
			s := scenarios[random.IntN(len(scenarios))]
			s.change(&w)
			at = max(at, s.at)
			names = append(names, s.name)
		}
		if at > 7*day {
			at = 2 * hour
		}
		if w.timestamp.version == 5 && !sameAsFirst(w) || w.listsShard < 5 && w.roots[len(w.roots)-1].version > 1 {
			continue // these are among the differences
		}
		mine := play(t, newOurs(t), base(5), w, at)
		other := play(t, newTheirs(t), base(5), w, at)
		if (mine == nil) != (other == nil) {
			t.Errorf("%q\nours: %v\ntheirs: %v", names, mine, other)
		}
		if mine == nil {
			accepted++
		}
	}
	if accepted == 0 {
		t.Error("nothing was accepted")
	}
}

func sameAsFirst(w world) bool {
	first := base(5)
	return w.listsSnapshot == 5 && w.timestamp.expires == first.timestamp.expires && len(w.roots) == 1
}

// TestVectors: the published metadata are read by the library that is compared with, so it is
// what it claims to be.
func TestVectors(t *testing.T) {
	dir := os.Getenv("LAUREL_STANDARDS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "standards")
	}
	if _, err := os.Stat(dir); err != nil {
		needs.Missing(t, "the standards' data files; set LAUREL_STANDARDS to their folder")
	}
	file := func(name string) []byte {
		return must[[]byte](t)(os.ReadFile(filepath.Join(dir, "trust", "tuf", name)))
	}
	set := must[*trustedmetadata.TrustedMetadata](t)(trustedmetadata.New(file("root.json")))
	must[*metadata.Metadata[metadata.TimestampType]](t)(set.UpdateTimestamp(file("timestamp.json")))
	must[*metadata.Metadata[metadata.SnapshotType]](t)(set.UpdateSnapshot(file("snapshot.json"), false))
	must[*metadata.Metadata[metadata.TargetsType]](t)(set.UpdateTargets(file("targets.json")))
	for _, role := range []string{"role1"} {
		must[*metadata.Metadata[metadata.TargetsType]](t)(set.UpdateDelegatedTargets(file(role+".json"), role, metadata.TARGETS))
	}
}
