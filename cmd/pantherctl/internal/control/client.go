// Package control speaks with the control plane of a tailnet about its policy
// file, over the API of Tailscale.
package control

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tailscale/hujson"
)

// Client asks for one tailnet. The zero values of all but API, Tailnet and
// Token do.
type Client struct {
	API     string // such as https://api.tailscale.com
	Tailnet string // "-" is the token's own
	Token   string // an API key; never part of an error
	HTTP    http.RoundTripper
	// Wait pauses between attempts, or returns the context's error.
	Wait func(context.Context, time.Duration) error
}

// What the control plane answers that a caller may act on.
var (
	ErrToken   = errors.New("the control plane does not take the token")
	ErrTailnet = errors.New("there is no such tailnet, or the token may not see it")
	ErrChanged = errors.New("the policy was changed by someone else")
)

// RefusedError is a policy that the control plane does not take.
type RefusedError struct {
	Message  string
	Failures []Failure
}

// Failure is what failed in the tests of one source.
type Failure struct {
	User   string   `json:"user"`
	Errors []string `json:"errors"`
}

func (e *RefusedError) Error() string { return "the policy is refused: " + e.Message }

const (
	attempts    = 4
	longestWait = time.Minute
	timeout     = 30 * time.Second
	largest     = 8 << 20 // bytes of an answer
)

// ETag is what the control plane calls the text of a policy: the hash of its
// formatted form, in quotes.
func ETag(text []byte) string {
	formatted, err := hujson.Format(text)
	if err != nil {
		formatted = text
	}
	return fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256(formatted)))
}

// Policy returns the policy in force and its ETag.
func (c *Client) Policy(ctx context.Context) (text []byte, etag string, err error) {
	a, err := c.try(ctx, http.MethodGet, "acl", nil)
	if err != nil {
		return nil, "", err
	}
	return a.body, a.header.Get("ETag"), nil
}

// Validate has the control plane judge a policy and run its tests. A refusal
// is a *RefusedError.
func (c *Client) Validate(ctx context.Context, text []byte) error {
	a, err := c.try(ctx, http.MethodPost, "acl/validate", text)
	if err != nil {
		return err
	}
	// The status is 200 for a refused policy too.
	return refusal(a.body)
}

// Set puts a policy in force if the one that is has that ETag: ErrChanged if
// it has another. After an answer that leaves open what happened it looks
// whether the policy is in force.
func (c *Client) Set(ctx context.Context, text []byte, etag string) error {
	_, err := c.once(ctx, http.MethodPost, "acl", text, etag)
	for i := 1; i < attempts; i++ {
		var u *unclear
		if !errors.As(err, &u) {
			return err
		}
		if err := c.wait(ctx, u.pause(i)); err != nil {
			return err
		}
		if !u.refused {
			_, now, lookErr := c.Policy(ctx)
			if lookErr != nil {
				return fmt.Errorf("%w; whether the policy was set is unknown: %w", err, lookErr)
			}
			switch now {
			case ETag(text):
				return nil
			case etag:
			default:
				return ErrChanged
			}
		}
		_, err = c.once(ctx, http.MethodPost, "acl", text, etag)
	}
	return err
}

// answer is what came back.
type answer struct {
	body   []byte
	header http.Header
}

// unclear is a failure after which another attempt may help.
type unclear struct {
	err     error
	after   time.Duration // what Retry-After asks for
	refused bool          // it is sure that nothing was done
}

func (u *unclear) Error() string { return u.err.Error() }
func (u *unclear) Unwrap() error { return u.err }

// pause is how long to wait before attempt i.
func (u *unclear) pause(i int) time.Duration {
	return min(max(u.after, time.Second<<(i-1)), longestWait)
}

// try makes a request that changes nothing until it succeeds.
func (c *Client) try(ctx context.Context, method, path string, body []byte) (*answer, error) {
	for i := 1; ; i++ {
		a, err := c.once(ctx, method, path, body, "")
		var u *unclear
		if !errors.As(err, &u) || i == attempts {
			return a, err
		}
		if err := c.wait(ctx, u.pause(i)); err != nil {
			return nil, err
		}
	}
}

func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// once makes one request.
func (c *Client) once(ctx context.Context, method, path string, body []byte, etag string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	at := strings.TrimSuffix(c.API, "/") + "/api/v2/tailnet/" + url.PathEscape(c.Tailnet) + "/" + path
	req, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if err := secure(req.URL); err != nil {
		return nil, err
	}
	req.SetBasicAuth(c.Token, "")
	req.Header.Set("Accept", "application/hujson")
	req.Header.Set("Content-Type", "application/hujson")
	if etag != "" {
		req.Header.Set("If-Match", etag)
	}
	// The token goes to nobody the API sends us to.
	client := &http.Client{Transport: c.HTTP, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return nil, &unclear{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, largest+1))
	switch {
	case err != nil:
		return nil, &unclear{err: fmt.Errorf("%s %s: %w", method, at, err)}
	case len(text) > largest:
		return nil, fmt.Errorf("%s %s: the answer is larger than %d bytes", method, at, largest)
	}
	if err := judge(resp, text); err != nil {
		return nil, err
	}
	return &answer{text, resp.Header}, nil
}

// secure refuses to send a token in the clear, but to the machine itself.
func secure(u *url.URL) error {
	switch host := u.Hostname(); {
	case u.Scheme == "https", u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "::1"):
		return nil
	}
	return fmt.Errorf("%s://%s is not https: the token would be read on the way", u.Scheme, u.Host)
}

// judge turns a status into an error.
func judge(resp *http.Response, body []byte) error {
	failed := fmt.Errorf("%s %s: %s", resp.Request.Method, resp.Request.URL, resp.Status)
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		return nil
	case code == http.StatusBadRequest:
		if err := refusal(body); err != nil {
			return err
		}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return ErrToken
	case code == http.StatusNotFound:
		return ErrTailnet
	case code == http.StatusPreconditionFailed:
		return ErrChanged
	case code == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return &unclear{err: failed, after: time.Duration(max(seconds, 0)) * time.Second, refused: true}
	case code >= 500:
		return &unclear{err: failed}
	}
	return failed
}

// refusal reads {"message": ..., "data": [...]}; an answer without a message
// refuses nothing.
func refusal(body []byte) error {
	var r struct {
		Message string    `json:"message"`
		Data    []Failure `json:"data"`
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	if r.Message == "" && len(r.Data) == 0 {
		return nil
	}
	return &RefusedError{r.Message, r.Data}
}
