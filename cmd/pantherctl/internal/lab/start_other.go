//go:build !linux

package lab

import (
	"context"
	"errors"
	"io"
)

// Argument is what the program is called with inside the namespaces.
const Argument = "lab-inside"

// ErrNamespaces says that this machine gives us no namespaces.
var ErrNamespaces = errors.New("only Linux has network namespaces")

// Run does nothing but say so.
func Run(context.Context, Work) (*Report, error) { return nil, ErrNamespaces }

// Inside does nothing but say so.
func Inside(context.Context, io.Reader, io.Writer) error { return ErrNamespaces }
