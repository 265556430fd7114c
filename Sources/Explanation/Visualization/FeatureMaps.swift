import Architecture
public import Images
public import Kernels
public import Network
public import Preprocessing
public import Threads

/// What the channels of one layer give for a picture.
public struct FeatureMaps: Sendable {
  /// One channel's map.
  public struct Channel: Sendable {
    /// The number of the channel, from 0.
    public let number: Int
    /// `[height, width]`, after the layer's ReLU.
    public let values: [Float]
    /// The mean of the values, by which channels are sorted.
    public let strength: Float
  }

  public let width: Int
  public let height: Int
  /// The strongest first; equally strong ones in the order of their numbers.
  public let channels: [Channel]
  public var isFinite: Bool { channels.allSatisfy(\.strength.isFinite) }

  /// - Parameters:
  ///   - layer: one before the fully connected layers.
  ///   - image: prepared for the network, of its input size.
  /// - Returns: nil where there is no such layer.
  public init?(
    _ parameters: Parameters, preprocessing: Preprocessing, layer: String, of image: RGBImage,
    pool: WorkerPool, kernels: InstructionSet = .best
  ) {
    guard
      parameters.summary.contains(where: {
        $0.layer.name == layer && !$0.layer.isFullyConnected
      })
    else { return nil }
    let workspace = Workspace(
      for: Plan(parameters, strategy: .latency, kernels: kernels, pool: pool), batch: 1,
      pool: pool)
    workspace.withInput(0) { preprocessing.normalize(image, into: &$0) }
    workspace.forward(count: 1)
    guard let map = workspace.outputMap(of: layer) else { return nil }
    let (width, height) = (map.width, map.height)
    self.width = width
    self.height = height
    let values = map.channelsFirst(image: 0)
    let area = width * height
    channels = (0..<map.channels).map { number in
      let part = Array(values[number * area..<(number + 1) * area])
      return Channel(
        number: number, values: part,
        strength: Float(part.reduce(0.0) { $0 + Double($1) } / Double(area)))
    }.sorted { ($1.strength, $0.number) < ($0.strength, $1.number) }
  }
}
