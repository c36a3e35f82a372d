package registrar

import (
	"crypto"
	"errors"
	"time"

	"laurel/internal/repository"
	"laurel/internal/translog"
)

// StageRoot stages the root that follows, as the newest one changed, for its holders and those of
// the newest to sign. Lists whose holders are others have to be signed anew.
func (b *Book) StageRoot(now time.Time, change func(*repository.Root)) error {
	newest, err := b.Root()
	if err != nil {
		return err
	}
	next := *newest
	next.Roles = map[string]repository.Role{}
	for name, role := range newest.Roles {
		role.Keys = append([]crypto.PublicKey{}, role.Keys...)
		next.Roles[name] = role
	}
	next.Dates = repository.Dates{Issued: now, Expires: now.Add(lifeOfRoot)}
	change(&next)
	_, err = b.writer.StageRoot(next)
	return err
}

// NextRoot is the root that is staged, which may lack signatures, or else the newest.
func (b *Book) NextRoot() (*repository.Root, error) { return b.writer.NewestRoot() }

// DiscardRoot forgets a root that is staged.
func (b *Book) DiscardRoot() error { return b.writer.DiscardRoot() }

// Attach adds cosignatures of the root's witnesses to the newest checkpoint of the log.
func (b *Book) Attach(log crypto.Signer, lines ...string) (err error) {
	root, err := b.Root()
	if err != nil {
		return err
	}
	w, err := translog.OpenWriter(b.Public(), root.Log.Origin, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return w.Attach(root.Log.Witnesses, lines...)
}
