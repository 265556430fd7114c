import Architecture
import Kernels
public import Network
public import Preprocessing
import Synchronization
import Threads

extension Classifier {
  /// A classifier that runs `network` on files prepared by `preprocessing`.
  ///
  /// - Parameter labels: what the network's outputs stand for, in their order.
  public init(
    network: Network, preprocessing: Preprocessing, labels: [ClassLabel],
    options: ClassifierOptions
  ) {
    let networks = PreparedNetworks(network)
    self.init(
      labels: labels, options: options,
      pictures: ModelPictures(
        preprocessing, inputSize: network.architecture.inputSize, options: options)
    ) { batch, threads in
      NetworkPass(
        Workspace(
          for: networks.network(forBatch: batch), batch: batch, pool: WorkerPool(threads: threads),
          streaming: threads == 1))
    }
  }
}

/// A network in the forms that batches of different sizes want, each prepared once for all workers.
private final class PreparedNetworks: Sendable {
  private let networks: Mutex<[Network.Strategy: Network]>

  init(_ network: Network) {
    networks = Mutex([network.strategy: network])
  }

  func network(forBatch batch: Int) -> Network {
    networks.withLock { networks in
      let strategy = Network.Strategy.best(forBatch: batch)
      if let prepared = networks[strategy] { return prepared }
      guard let other = networks.first?.value else { preconditionFailure("there is always one") }
      // What bound once binds again; were it not so, the other form would do.
      let prepared = (try? other.prepared(for: strategy)) ?? other
      networks[strategy] = prepared
      return prepared
    }
  }
}

/// The forward pass of a real network. (Swift 6.3 crashes when `Workspace` itself conforms: it cannot
/// derive the witness of `withInput` from a generic method.)
private final class NetworkPass: ForwardPass {
  private let workspace: Workspace

  init(_ workspace: Workspace) {
    self.workspace = workspace
  }

  func withInput(_ index: Int, _ body: (inout MutableSpan<Float>) -> Void) {
    workspace.withInput(index) { input in body(&input) }
  }

  func forward(count: Int) {
    workspace.forward(count: count)
  }

  func probabilities(_ index: Int) -> [Float] {
    workspace.probabilities(index)
  }
}
