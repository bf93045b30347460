<?php

/**
 * @file
 * Stands for Drupal's update.php: whoever sees this text could update the site.
 */

print "update.php of the lab's site\n";
