import Images
import Preprocessing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A picture as a sum of coarse and fine parts, which are what activation maximisation changes.
///
/// Coarse parts have more weight than fine ones, and lightness more than colour, as in photos. The
/// sum goes through a sigmoid, so that every pixel stays between black and white. A step of the
/// gradient therefore changes shapes rather than single pixels, which would give noise.
struct PicturePyramid {
  let side: Int
  private var levels: [Level]
  /// What the parts are added to, before the sigmoid: `[side, side, 3]`.
  private let base: [Float]
  private var step = 0

  private struct Level {
    let map: SeparableMap
    let gain: Float
    /// Lightness and two colours, `[height, width, 3]`.
    var values: [Float]
    /// The state of Adam.
    var mean: [Float]
    var square: [Float]
  }

  private static let coarsest = 8
  private static let detailGain: Float = 0.7
  /// How much of a pixel's red, green and blue the lightness and the two colours are.
  private static let colors: [[Float]] = [[1, 0.45, 0.2], [1, 0, -0.4], [1, -0.45, 0.2]]

  /// - Parameters:
  ///   - photo: `[side, side, 3]`, 0 to 255, to begin with; nil for grey with a little noise.
  init(
    side: Int, photo: [UInt8]?, noise: inout NoiseGenerator
  ) throws(PreprocessingError) {
    self.side = side
    // Pure black and white have no finite logarithm.
    base =
      photo?.map { value in
        let share = min(max(Float(value) / 255, 0.01), 0.99)
        return log(share / (1 - share))
      } ?? [Float](repeating: 0, count: side * side * 3)
    levels = []
    var sides: [Int] = []
    var next = Self.coarsest
    while next <= side / 2 {
      sides.append(next)
      next *= 2
    }
    if sides.isEmpty { sides = [side] }
    var gain: Float = 1
    for size in sides {
      let weights = try Preprocessing(
        steps: [.squash(width: side, height: side, antialias: true)], channels: .rgb,
        mean: [0, 0, 0], scale: [1, 1, 1]
      ).weights(for: .init(width: size, height: size))
      let count = size * size * 3
      levels.append(
        Level(
          map: SeparableMap(columns: weights.columns, rows: weights.rows), gain: gain,
          values: photo == nil
            ? (0..<count).map { _ in 0.02 * noise.symmetric() }
            : [Float](repeating: 0, count: count),
          mean: [Float](repeating: 0, count: count),
          square: [Float](repeating: 0, count: count)))
      gain *= Self.detailGain
    }
  }

  /// The picture, `[side, side, 3]`, 0 to 255.
  var picture: [Float] {
    var sum = base
    for level in levels {
      let part = level.map.map(level.values)
      for pixel in stride(from: 0, to: sum.count, by: 3) {
        for channel in 0..<3 {
          let mix = Self.colors[channel]
          sum[pixel + channel] +=
            level.gain
            * (mix[0] * part[pixel] + mix[1] * part[pixel + 1] + mix[2] * part[pixel + 2])
        }
      }
    }
    for index in sum.indices { sum[index] = 255 / (1 + exp(-sum[index])) }
    return sum
  }

  /// Changes the parts by one step of Adam (Kingma and Ba 2015, algorithm 1) uphill.
  ///
  /// - Parameters:
  ///   - gradient: by the picture, as ``picture`` gave it.
  ///   - rate: how far a part moves.
  ///   - decay: the share of a part that is taken away, so that what does not help fades.
  mutating func climb(_ gradient: [Float], picture: [Float], rate: Float, decay: Float) {
    step += 1
    let correction = (
      mean: 1 - pow(Self.meanMemory, Float(step)), square: 1 - pow(Self.squareMemory, Float(step))
    )
    var parts = [Float](repeating: 0, count: gradient.count)
    for pixel in stride(from: 0, to: parts.count, by: 3) {
      for channel in 0..<3 {
        let share = picture[pixel + channel] / 255
        let slope = gradient[pixel + channel] * 255 * share * (1 - share)
        for part in 0..<3 { parts[pixel + part] += Self.colors[channel][part] * slope }
      }
    }
    for index in levels.indices {
      let slopes = levels[index].map.transposed(parts)
      let gain = levels[index].gain
      for place in slopes.indices {
        let slope = gain * slopes[place]
        let mean = Self.meanMemory * levels[index].mean[place] + (1 - Self.meanMemory) * slope
        let square =
          Self.squareMemory * levels[index].square[place]
          + (1 - Self.squareMemory) * slope * slope
        levels[index].mean[place] = mean
        levels[index].square[place] = square
        let move =
          mean / correction.mean / ((square / correction.square).squareRoot() + Self.smallest)
        levels[index].values[place] = (1 - decay) * levels[index].values[place] + rate * move
      }
    }
  }

  private static let meanMemory: Float = 0.9
  private static let squareMemory: Float = 0.999
  /// Keeps the step finite where there is no gradient.
  private static let smallest: Float = 1e-12
}

/// Random numbers that depend only on a seed: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014).
struct NoiseGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// From -1 to 1.
  mutating func symmetric() -> Float { Float(next() >> 40) * 0x1p-23 - 1 }
}
