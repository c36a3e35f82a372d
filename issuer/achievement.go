package issuer

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"laurel/internal/badge"
)

// Achievement is an entry of the catalogue: what can be earned here.
type Achievement struct {
	Key string `json:"key"` // its name in addresses and files, such as food-hygiene-1
	// Class is the achievement as Open Badges spells it, without id, type, image and
	// creator, which are the Issuer's to write. The ids of result descriptions and rubric
	// levels are keys of the college's own; they become addresses below the achievement's.
	Class badge.Achievement `json:"class"`
	Image []byte            `json:"image"` // PNG
	// ValidMonths is how long an award is valid; 0 is without end.
	ValidMonths int `json:"validMonths,omitempty"`
	// Suspendable awards carry a second status entry, so that they can be suspended and
	// reinstated. The published JSON Schema of Open Badges 3.0 knows one entry only.
	Suspendable bool      `json:"suspendable,omitempty"`
	ChangedAt   time.Time `json:"changedAt"`
}

const (
	maxValidMonths = 1200
	maxAchievement = 256 << 10 // bytes of its document
)

// Import checks achievements and puts them into the catalogue, all or none; an entry with
// a known key is replaced. Awards keep the edition that they were signed with.
func (i *Issuer) Import(ctx context.Context, achievements []Achievement) error {
	profile, err := i.store.Profile(ctx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for n := range achievements {
		a := &achievements[n]
		a.ChangedAt = i.now().UTC()
		if err := i.checkAchievement(profile, *a); err != nil {
			return fmt.Errorf("achievement %d (%.64q): %w", n+1, a.Key, err)
		}
		if seen[a.Key] {
			return fmt.Errorf("achievement %d: %w: the key %q stands twice in the file", n+1, ErrInput, a.Key)
		}
		seen[a.Key] = true
	}
	return i.store.PutAchievements(ctx, achievements)
}

func (i *Issuer) checkAchievement(p Profile, a Achievement) error {
	switch {
	case !slug().MatchString(a.Key):
		return fmt.Errorf("%w: its key may have small letters, digits and hyphens, 64 at most", ErrInput)
	case a.ValidMonths < 0 || a.ValidMonths > maxValidMonths:
		return fmt.Errorf("%w: its validity of %d months is not between 0 and %d", ErrInput, a.ValidMonths, maxValidMonths)
	}
	if err := checkImage(a.Image); err != nil {
		return err
	}
	wire := i.wireAchievement(p, a)
	if err := badge.CheckAchievement(wire); err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	document, err := badge.AchievementDocument(wire)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	if len(document) > maxAchievement {
		return fmt.Errorf("%w: it is larger than %d KiB", ErrInput, maxAchievement>>10)
	}
	return nil
}

// Achievement returns one entry of the catalogue.
func (i *Issuer) Achievement(ctx context.Context, key string) (Achievement, error) {
	return i.store.Achievement(ctx, key)
}

// Achievements returns the catalogue in the order of the keys.
func (i *Issuer) Achievements(ctx context.Context) ([]Achievement, error) {
	return i.store.Achievements(ctx)
}

// AchievementURL returns the address of an achievement, which is its id.
func (i *Issuer) AchievementURL(key string) string { return i.base + "/achievements/" + key }

// ImageURL returns the address of an achievement's picture.
func (i *Issuer) ImageURL(key string) string { return i.AchievementURL(key) + ".png" }

// wireAchievement writes an entry as the standard spells it, ids and picture included.
func (i *Issuer) wireAchievement(p Profile, a Achievement) badge.Achievement {
	w := a.Class
	w.ID = i.AchievementURL(a.Key)
	w.Type = []string{"Achievement"}
	w.Image = &badge.Image{ID: i.ImageURL(a.Key), Type: "Image", Caption: a.Class.Name}
	w.Creator = &badge.Profile{ID: p.ID, Type: []string{"Profile"}, Name: p.Name, URL: p.URL}
	w.ResultDescription = make([]badge.ResultDescription, len(a.Class.ResultDescription))
	for n, d := range a.Class.ResultDescription {
		w.ResultDescription[n] = i.wireResultDescription(w.ID, d)
	}
	w.Alignment = make([]badge.Alignment, len(a.Class.Alignment))
	for n, al := range a.Class.Alignment {
		al.Type = []string{"Alignment"}
		w.Alignment[n] = al
	}
	return w
}

func (i *Issuer) wireResultDescription(achievement string, d badge.ResultDescription) badge.ResultDescription {
	d.ID = resultID(achievement, d.ID)
	d.Type = []string{"ResultDescription"}
	levels := make([]badge.RubricCriterionLevel, len(d.RubricCriterionLevel))
	for n, l := range d.RubricCriterionLevel {
		if d.RequiredLevel == l.ID {
			d.RequiredLevel = d.ID + "/" + l.ID
		}
		l.ID, l.Type = d.ID+"/"+l.ID, []string{"RubricCriterionLevel"}
		levels[n] = l
	}
	d.RubricCriterionLevel = levels
	return d
}

// resultID makes the address of a result description out of its key.
func resultID(achievement, key string) string { return achievement + "#" + strings.TrimSpace(key) }

// AchievementDocument returns the achievement as JSON with its context, for verifiers
// that dereference its id.
func (i *Issuer) AchievementDocument(ctx context.Context, key string) ([]byte, error) {
	profile, err := i.store.Profile(ctx)
	if err != nil {
		return nil, err
	}
	a, err := i.store.Achievement(ctx, key)
	if err != nil {
		return nil, err
	}
	return badge.AchievementDocument(i.wireAchievement(profile, a))
}

// catalogue remembers the entries that were asked for, as they were then.
type catalogue struct {
	store Store
	mu    sync.Mutex
	known map[string]Achievement
}

func newCatalogue(s Store) *catalogue { return &catalogue{store: s, known: map[string]Achievement{}} }

func (c *catalogue) achievement(ctx context.Context, key string) (Achievement, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, known := c.known[key]; known {
		return a, nil
	}
	a, err := c.store.Achievement(ctx, key)
	if err == nil {
		c.known[key] = a
	}
	return a, err
}
