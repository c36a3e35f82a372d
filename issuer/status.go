package issuer

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"laurel/internal/status"
)

// listName names a list of a pair.
func listName(number int, purpose string) string { return strconv.Itoa(number) + "-" + purpose }

// StatusURL returns the address of a status list.
func (i *Issuer) StatusURL(name string) string { return i.base + "/status/" + name }

// Revoke ends an award for good.
func (i *Issuer) Revoke(ctx context.Context, id, reason string) (Award, error) {
	return i.change(ctx, id, reason, []State{Issued, Suspended}, Revoked, Bits{Revocation: true})
}

// Suspend makes an award not count for the time being. ErrConflict if its achievement was
// not suspendable when it was issued.
func (i *Issuer) Suspend(ctx context.Context, id, reason string) (Award, error) {
	a, err := i.store.Award(ctx, id)
	if err != nil {
		return a, err
	}
	if ok, err := suspendable(a); err != nil || !ok {
		return a, errors.Join(err, fmt.Errorf("%w: the badge was issued without a status entry for suspension; set \"suspendable\" in the catalogue for future badges", ErrConflict))
	}
	return i.change(ctx, id, reason, []State{Issued}, Suspended, Bits{Suspension: true})
}

// Reinstate makes a suspended award count again.
func (i *Issuer) Reinstate(ctx context.Context, id, reason string) (Award, error) {
	return i.change(ctx, id, reason, []State{Suspended}, Issued, Bits{})
}

const maxReason = 500

func (i *Issuer) change(ctx context.Context, id, reason string, from []State, to State, bits Bits) (Award, error) {
	if reason == "" || len(reason) > maxReason {
		return Award{}, fmt.Errorf("%w: a reason of 1 to %d bytes is needed", ErrInput, maxReason)
	}
	a, err := i.store.SetState(ctx, id, from, to, reason, i.now().UTC(), bits)
	if err != nil {
		return a, err
	}
	return a, i.PublishStatus(ctx)
}

// suspendable reports whether the signed credential has an entry for suspension.
func suspendable(a Award) (bool, error) {
	entries, err := status.EntriesOf(a.Credential)
	for _, e := range entries {
		if e.Purpose == status.Suspension {
			return true, nil
		}
	}
	return false, err
}

// PublishStatus signs every status list whose published credential lags behind, as after a
// crash. Of many who ask at once, one signs for all.
func (i *Issuer) PublishStatus(ctx context.Context) error { return i.publishStatus(ctx, false) }

func (i *Issuer) publishStatus(ctx context.Context, all bool) error {
	i.publishing.Lock()
	defer i.publishing.Unlock()
	lists, err := i.store.StatusLists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		if l.Published >= l.Version && !all {
			continue
		}
		if err := i.publish(ctx, l); err != nil {
			return fmt.Errorf("status list %s: %w", l.Name, err)
		}
	}
	return nil
}

func (i *Issuer) publish(ctx context.Context, l StatusList) error {
	press, err := i.newPress(ctx)
	if err != nil {
		return err
	}
	bits := status.New(status.MinEntries)
	for _, index := range l.Set {
		if err := bits.Set(index, true); err != nil {
			return err
		}
	}
	now := i.now().UTC().Truncate(time.Second)
	prepared, err := status.PrepareList(i.StatusURL(l.Name), press.profile.ID, l.Purpose, bits, now)
	if err != nil {
		return err
	}
	signed, err := press.secure(ctx, prepared, now)
	if err != nil {
		return err
	}
	err = i.store.PublishStatusList(ctx, l.Name, l.Version, signed)
	if errors.Is(err, ErrConflict) { // another call published a later version
		return nil
	}
	return err
}

// StatusListCredential returns the signed credential of a list.
func (i *Issuer) StatusListCredential(ctx context.Context, name string) ([]byte, error) {
	l, err := i.store.StatusList(ctx, name)
	if err != nil {
		return nil, err
	}
	if l.Published < 0 {
		return nil, ErrNotFound
	}
	return l.Credential, nil
}
