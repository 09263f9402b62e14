// peer is what Palisade is measured against: an operator in the shape that kubebuilder gives, on controller-runtime, which makes the
// same five children of a SecureWorkload, puts them back, writes a status, and does nothing else.
package main

import (
	"flag"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	metrics := flag.String("metrics-bind-address", "0", "where metrics are served; 0 for nowhere")
	namespace := flag.String("leader-election-namespace", "peer-system", "where the Lease is")
	concurrency := flag.Int("concurrency", 16, "how many workloads are worked on at once")
	options := zap.Options{}
	options.BindFlags(flag.CommandLine)
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&options)))
	log := ctrl.Log.WithName("setup")

	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(schemeBuilder.AddToScheme(scheme))

	config := ctrl.GetConfigOrDie()
	// Otherwise the client's own limit is what is measured.
	config.QPS = -1
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       metricsserver.Options{BindAddress: *metrics},
		LeaderElection:                true,
		LeaderElectionID:              "peer.palisade.dev",
		LeaderElectionNamespace:       *namespace,
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		log.Error(err, "no manager")
		os.Exit(1)
	}
	if err := (&workloadReconciler{Client: mgr.GetClient()}).setup(mgr, *concurrency); err != nil {
		log.Error(err, "no controller")
		os.Exit(1)
	}
	if err := mgr.Start(ctrl.SetupSignalHandler()); err != nil {
		log.Error(err, "ended")
		os.Exit(1)
	}
}
