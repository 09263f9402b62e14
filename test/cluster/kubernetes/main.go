// Package main is a whole Kubernetes control plane in one binary.
//
// The first argument chooses the component; the rest are that component's own
// flags. One binary shares one copy of the Kubernetes libraries, which is what
// makes it small enough to build and cache on a developer's machine.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

var components = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
}

func main() {
	endWithParent()
	component, args := componentOf(os.Args)
	switch component {
	case "etcd":
		etcdmain.Main(args)
	case "kubectl":
		os.Args = args
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			kubectlutil.CheckErr(err)
		}
	default:
		build, known := components[component]
		if !known {
			fmt.Fprintln(os.Stderr, "usage: kubernetes etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubectl [flags]")
			os.Exit(2)
		}
		os.Args = args
		os.Exit(cli.Run(build()))
	}
}

// endWithParent ends this process soon after the one whose id is in
// PALISADE_PARENT_PID is gone, even if that was killed: an orphan gets another
// parent. Without the variable the process outlives its starter.
func endWithParent() {
	parent, err := strconv.Atoi(os.Getenv("PALISADE_PARENT_PID"))
	if err != nil {
		return
	}
	go func() {
		for os.Getppid() == parent {
			time.Sleep(500 * time.Millisecond)
		}
		os.Exit(1)
	}()
}

// componentOf reads the component from the program's own name, so that a
// symlink called kubectl is kubectl, and else from the first argument.
func componentOf(argv []string) (string, []string) {
	name := filepath.Base(argv[0])
	if _, known := components[name]; known || name == "etcd" || name == "kubectl" {
		return name, argv
	}
	if len(argv) < 2 {
		return "", argv
	}
	return argv[1], argv[1:]
}
