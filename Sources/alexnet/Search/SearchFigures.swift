/// What was measured about comparisons of photos, with the built-in model and fc7. A new built-in
/// model needs new figures: `Scripts/search-figures.py` measures them.
enum SearchFigures {
  /// The lowest similarity of near copies, where no other is asked for.
  static let duplicateThreshold: Float = 0.95

  /// How well that threshold does.
  static let duplicates = """
    The default threshold, 0.95, was measured with the built-in model on 1000 photos of flowers. \
    It finds their copies of JPEG quality 50 (all), made brighter by 15% (99.8%), cropped to \
    95% (99.3%) or 90% (90%) of each side, and of half size, which has fewer pixels than the model \
    sees (79%). Of 499500 pairs of different photos it takes 3 for near copies. With 0.9 it would \
    find 97% of the copies or more, and take 21 pairs. Another model needs another threshold.
    """
}
