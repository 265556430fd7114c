import Architecture
import Kernels
package import Network
package import System
package import Threads

/// Occlusion: how much of a class's probability is lost when a window of the network's input is
/// covered with the colour that is 0 after preprocessing. That is the mean colour of the data where
/// preprocessing subtracts it, as it usually does.
///
/// Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014, section
/// 4.2, who cover with grey.
package final class Occlusion {
  private let windows: OcclusionWindows
  private let workspace: Workspace
  private let size: Int
  private let stop: StopFlag?
  /// Where windows begin, along either axis.
  private let starts: [Int]

  /// The most images that run together.
  static let batch = 32

  /// - Parameters:
  ///   - plan: runs all layers.
  ///   - stop: ends the run over the windows early when raised.
  package init(_ plan: Plan, windows: OcclusionWindows, pool: WorkerPool, stop: StopFlag? = nil) {
    self.windows = windows
    self.stop = stop
    size = plan.parameters.architecture.inputSize
    starts = windows.starts(length: size)
    let count = starts.count * starts.count + 1
    workspace = Workspace(for: plan, batch: min(Self.batch, count), pool: pool)
  }

  /// For each class and each window, row by row, the probability that is lost; and the
  /// probabilities of the whole image.
  ///
  /// - Parameters:
  ///   - image: the network's input, `[height, width, 3]`.
  ///   - classes: the classes whose probabilities are wanted, in the order of the results; nil for
  ///     the likeliest class of the whole image.
  package func drops(
    _ image: [Float], classes: [Int]?
  ) -> (classes: [(index: Int, drops: [Float])], probabilities: [Float]) {
    let side = starts.count
    var probabilities: [Float] = []
    var found: [(index: Int, drops: [Float])] = []
    // Window -1 is none: it gives the probabilities of the whole image, and is read first.
    var window = -1
    while window < side * side {
      let count = min(workspace.batch, side * side - window)
      for index in 0..<count {
        workspace.withInput(index) { picture in
          for value in image.indices { picture[value] = image[value] }
          if window + index >= 0 { cover(window + index, &picture) }
        }
      }
      workspace.forward(count: count)
      for index in 0..<count {
        let values = workspace.probabilities(index)
        if probabilities.isEmpty {
          probabilities = values
          found = (classes ?? [likeliest(of: values)]).map { ($0, []) }
        } else {
          for place in found.indices {
            let label = found[place].index
            found[place].drops.append(probabilities[label] - values[label])
          }
        }
      }
      window += count
      if let stop, stop.isRaised { break }
    }
    // Windows that did not run any more lose nothing.
    for place in found.indices {
      let missing = side * side - found[place].drops.count
      found[place].drops += repeatElement(0, count: missing)
    }
    return (found, probabilities)
  }

  private func cover(_ window: Int, _ picture: inout MutableSpan<Float>) {
    let (row, column) = window.quotientAndRemainder(dividingBy: starts.count)
    let columns = span(column)
    for y in span(row) {
      for x in (y * size + columns.lowerBound) * 3..<(y * size + columns.upperBound) * 3 {
        picture[x] = 0
      }
    }
  }

  /// The pixels of a window along one axis.
  private func span(_ window: Int) -> Range<Int> {
    let first = max(0, starts[window])
    return first..<max(first, min(size, starts[window] + windows.size))
  }

  /// The drops of the windows as a map, a value for each window.
  func windowMap(_ drops: [Float]) -> EvidenceMap {
    EvidenceMap(
      width: starts.count, height: starts.count, values: drops,
      start: Double(starts[0]) + Double(windows.size) / 2, step: Double(windows.stride))
  }

  /// For each pixel of the network's input, the mean drop of the windows that cover it; a pixel
  /// that none covers has 0.
  func pixelMap(_ drops: [Float]) -> EvidenceMap {
    var sums = [Float](repeating: 0, count: size * size)
    var counts = [Float](repeating: 0, count: size * size)
    for (window, drop) in drops.enumerated() {
      let (row, column) = window.quotientAndRemainder(dividingBy: starts.count)
      let columns = span(column)
      for y in span(row) {
        for pixel in y * size + columns.lowerBound..<y * size + columns.upperBound {
          sums[pixel] += drop
          counts[pixel] += 1
        }
      }
    }
    let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
    return EvidenceMap(width: size, height: size, values: means, start: 0.5, step: 1)
  }
}
