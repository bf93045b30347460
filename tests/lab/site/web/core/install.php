<?php

/**
 * @file
 * Stands for Drupal's core/install.php: whoever sees this text could install the site anew.
 */

print "core/install.php of the lab's site\n";
